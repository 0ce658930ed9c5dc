"""The scenes of thread-locks in Python: python3 twin.py race"""

import itertools
import os
import sys
import time
from argparse import ArgumentParser
from threading import Barrier, Condition, Lock, RLock, Thread

SECOND = float(os.environ.get("PACE", "0.1"))  # how long a note-second lasts
LONG = 600 * SECOND  # nothing here takes that long

sys.setswitchinterval(1e-5)  # threads take turns as often as they can


def say(line):
    """Print with one write a line, so that lines of threads never mix."""
    os.write(1, f"{line}\n".encode())


def join_all(threads):
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# ── race ──
def race():
    n = count_down_unlocked(5, 100_000)
    say(f"five threads, 100,000 decrements each: n is {n}")

    # A model: `n -= 1` as two steps, in each order that two threads allow.
    orders = sorted(set(itertools.permutations([1, 1, 2, 2])))
    failed = [order for order in orders if decrement_in(order) != 0]
    say(f"two threads, one decrement each: {len(orders)} schedules, {len(failed)} fail")
    assert len(orders) == 6
    assert len(failed) == 4
    say(f"the first of them: {failed[0]}, n is {decrement_in(failed[0])}")


def count_down_unlocked(threads, turns):
    n = threads * turns

    def task():
        nonlocal n
        for _ in range(turns):
            # Since 3.10 CPython does not switch threads within this line,
            # so that nothing is lost. No document promises that.
            n -= 1

    join_all([Thread(target=task) for _ in range(threads)])
    return n


def decrement_in(order):
    """What is left if the threads load, then store, in this order."""
    n, seen = 2, {}
    for thread in order:
        if thread in seen:
            n = seen[thread] - 1
        else:
            seen[thread] = n
    return n


# ── lock ──
def lock():
    n, with_lock = timed(count_down_locked)
    say(f"five threads, 100,000 decrements each: n is {n}")
    assert n == 0

    _, without = timed(lambda: count_down_unlocked(5, 100_000))
    say(f"it took {with_lock / without:.0f} times as long as without the lock")


def count_down_locked(threads=5, turns=100_000):
    n = threads * turns
    n_lock = Lock()

    def task():
        nonlocal n
        for _ in range(turns):
            with n_lock:
                n -= 1

    join_all([Thread(target=task) for _ in range(threads)])
    return n


def timed(work):
    begin = time.monotonic()
    return work(), time.monotonic() - begin


# ── atomic ──
def atomic():
    # Python has no atomic number. The next of a counter is one step, in C.
    steps = itertools.count()

    def task():
        for _ in range(100_000):
            next(steps)

    join_all([Thread(target=task) for _ in range(5)])
    n = 500_000 - next(steps)
    say(f"five threads, 100,000 decrements each: n is {n}")
    assert n == 0

    count = least_cpu_time(lambda: next(steps))
    n_lock = Lock()

    def locked():
        nonlocal n
        with n_lock:
            n -= 1

    times = least_cpu_time(locked) / count
    say(f"the lock takes {times:.1f} times the CPU time of a counter's next")
    assert times > 1


def least_cpu_time(work):
    def once():
        begin = time.process_time()
        for _ in range(100_000):
            work()
        return time.process_time() - begin

    return min(once() for _ in range(5))


# ── self-deadlock ──
def self_deadlock():
    mutex_a = Lock()
    mutex_a.acquire()
    say("123")

    # Without the timeout this is the end: the lock knows no owner.
    again = mutex_a.acquire(timeout=SECOND)
    say("after a second still not acquired")
    assert not again
    assert mutex_a.locked()

    mutex_a.release()
    with mutex_a:
        say("456")


# ── two-locks ──
def two_locks():
    fork, knife, both = Lock(), Lock(), Barrier(2)
    got = {}

    def eat(name, first, then, patience):
        with first:
            both.wait()
            # Without a timeout both wait for ever, and nothing says so.
            got[name] = then.acquire(timeout=patience)
            if got[name]:
                then.release()

    left = Thread(target=eat, args=("left", fork, knife, SECOND))
    right = Thread(target=eat, args=("right", knife, fork, LONG))
    join_all([left, right])
    say("left gave up its fork after a second, and right got both")
    assert got == {"left": False, "right": True}

    # The cure: both take the locks in the same order.
    both = Barrier(1)
    left = Thread(target=eat, args=("left", fork, knife, LONG))
    right = Thread(target=eat, args=("right", fork, knife, LONG))
    join_all([left, right])
    say("in the same order both got both")
    assert got == {"left": True, "right": True}


# ── lucky-run ──
def lucky_run():
    fork, knife = Lock(), Lock()
    done = []

    def eat(name, first, then):
        with first, then:
            done.append(name)

    # One after the other: nothing can happen, and nothing is reported.
    for name, locks in [("left", (fork, knife)), ("right", (knife, fork))]:
        thread = Thread(target=eat, args=(name, *locks))
        thread.start()
        thread.join()
    say(f"{' and '.join(done)} got both, and nothing is reported")
    assert done == ["left", "right"]


# ── rlock ──
def rlock():
    rl, told, holds = RLock(), [], Barrier(2)

    def tell(number):
        say(number)
        told.append(number)

    def func1():
        rl.acquire()
        tell(1111)
        holds.wait()
        rl.acquire()
        time.sleep(SECOND)
        tell(2222)
        assert not another_gets(rl)
        rl.release()
        # One release too few keeps the other thread out.
        assert not another_gets(rl)
        rl.release()

    def func2():
        rl.acquire()
        tell(3333)
        rl.release()

    first = Thread(target=func1)
    first.start()
    holds.wait()
    second = Thread(target=func2)
    second.start()
    first.join()
    second.join()
    assert told == [1111, 2222, 3333]


def another_gets(rl):
    got = []

    def attempt():
        got.append(rl.acquire(blocking=False))
        if got[0]:
            rl.release()

    join_all([Thread(target=attempt)])
    return got[0]


# ── readers-writer ──
class ReadersFirst:
    """Python has no such lock; this one lets readers pass a writer that waits."""

    def __init__(self):
        self.changed = Condition()
        self.readers = self.waiting = self.passed = 0

    def acquire_read(self):
        # The writer holds the condition's lock while it writes.
        with self.changed:
            self.readers += 1
            self.passed += self.waiting

    def release_read(self):
        with self.changed:
            self.readers -= 1
            self.changed.notify_all()

    def write(self, work):
        with self.changed:
            self.waiting += 1
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.readers == 0)
            self.waiting -= 1
            work()


def readers_writer():
    lock, written = ReadersFirst(), []
    lock.acquire_read()
    writer = Thread(target=lock.write, args=(lambda: written.append(1),))
    writer.start()
    with lock.changed:
        lock.changed.wait_for(lambda: lock.waiting)
    # Each reader comes before the one before it has gone.
    for _ in range(5):
        lock.acquire_read()
        lock.release_read()
    say(f"the writer was passed {lock.passed} times, and would wait for ever")
    assert (lock.passed, written) == (5, [])
    lock.release_read()
    writer.join()
    assert written == [1]


# ── zeroes ──
def zeroes():
    num, num_lock, all_have = 10, Lock(), Barrier(10)
    printed = []

    def func():
        nonlocal num
        with num_lock:
            num -= 1
        all_have.wait()
        time.sleep(SECOND)
        say(num)
        printed.append(num)

    join_all([Thread(target=func) for _ in range(10)])
    assert printed == [0] * 10


# ── countdown ──
def countdown():
    down = list(range(9, -1, -1))
    assert count_with(Lock(), nested=False) == down
    assert count_with(RLock(), nested=True) == down


def count_with(num_lock, nested):
    num, printed = 10, []

    def func():
        nonlocal num
        with num_lock:
            num -= 1
            if nested:
                num_lock.acquire()
                num_lock.release()
            time.sleep(SECOND)
            say(num)
            printed.append(num)

    join_all([Thread(target=func) for _ in range(10)])
    return printed


SCENES = {
    "race": race,
    "lock": lock,
    "atomic": atomic,
    "self-deadlock": self_deadlock,
    "two-locks": two_locks,
    "lucky-run": lucky_run,
    "rlock": rlock,
    "readers-writer": readers_writer,
    "zeroes": zeroes,
    "countdown": countdown,
}

if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
