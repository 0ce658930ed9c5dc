"""Workers of Python's pools, killed by SIGKILL at random moments while tasks run.

    python3 killed.py concurrent.futures 100

tries 100 pools of four workers with 50 tasks each, and kills one worker in each. It
prints how many pools hung (a result did not come within five seconds), how many were
lost (they took no more tasks), and how many tasks were lost, in all. The pools are
concurrent.futures, multiprocessing.Pool and loky (pip install loky).
"""

import os
import random
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from multiprocessing import TimeoutError as PoolTimeout
from multiprocessing import get_context

WORKERS, TASKS, LONG = 4, 50, 5
CONTEXT = get_context("fork")


def task(n):
    # Some work, so that there is something to be killed in the midst of.
    end = time.perf_counter() + 0.0005
    while time.perf_counter() < end:
        pass
    return n


class Futures:
    """A pool of concurrent.futures, or one with its interface."""

    def __init__(self, pool):
        self.pool = pool
        self.submit(0).result()

    def submit(self, n):
        return self.pool.submit(task, n)

    def result(self, future, seconds):
        try:
            return future.result(seconds)
        except (TimeoutError, FutureTimeout):
            raise TimeoutError from None

    def workers(self):
        return list(self.pool._processes)


class OldPool:
    """A multiprocessing.Pool."""

    def __init__(self, pool):
        self.pool = pool

    def submit(self, n):
        return self.pool.apply_async(task, (n,))

    def result(self, future, seconds):
        try:
            return future.get(seconds)
        except PoolTimeout:
            raise TimeoutError from None

    def workers(self):
        return [worker.pid for worker in self.pool._pool]


def make(kind):
    if kind == "concurrent.futures":
        return Futures(ProcessPoolExecutor(WORKERS, mp_context=CONTEXT))
    if kind == "multiprocessing.Pool":
        return OldPool(CONTEXT.Pool(WORKERS))
    if kind == "loky":
        import loky

        return Futures(loky.ProcessPoolExecutor(WORKERS))
    sys.exit(f"{kind} is no pool: concurrent.futures, multiprocessing.Pool or loky")


def play(kind, rng):
    """Return whether the pool hung, whether it was lost, and how many tasks were."""
    pool = make(kind)
    victim = rng.choice(pool.workers())
    futures = [pool.submit(n) for n in range(TASKS)]
    time.sleep(rng.uniform(0, 0.0005 * TASKS / WORKERS))
    os.kill(victim, signal.SIGKILL)
    hung, lost, seconds = False, 0, LONG
    for future in futures:
        try:
            pool.result(future, seconds)
        except TimeoutError:
            # What is still to come has come by now, or never does.
            hung, lost, seconds = True, lost + 1, 0
        except Exception:
            lost += 1
    try:
        broken = pool.result(pool.submit(1), LONG) != 1
    except Exception:
        broken = True
    return hung, broken, lost


def main(kind, rounds):
    rng = random.Random(1)
    hung = broken = lost = 0
    for _ in range(rounds):
        # In a process of its own: a pool that hangs is not waited for.
        here, there = os.pipe()
        child = os.fork()
        seed = rng.random()
        if child == 0:
            os.setpgid(0, 0)
            outcome = play(kind, random.Random(seed))
            os.write(there, " ".join(str(int(part)) for part in outcome).encode())
            os.killpg(0, signal.SIGKILL)
        os.close(there)
        outcome = os.read(here, 100)
        os.close(here)
        os.waitpid(child, 0)
        parts = [int(part) for part in outcome.split()] or [1, 1, TASKS]
        hung, broken, lost = hung + parts[0], broken + parts[1], lost + parts[2]
    print(f"{kind}: {rounds} kills, {hung} pools hung, {broken} pools lost, "
          f"{lost} of {rounds * TASKS} tasks lost")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
