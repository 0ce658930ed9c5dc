"""The scenes of thread-pool in Python: python3 twin.py permits"""

import contextlib
import os
import queue
import threading
import time
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from threading import Barrier, Event, Lock, Thread, current_thread

SECOND = float(os.environ.get("PACE", "0.1"))  # how long a note-second lasts
LONG = 200 * SECOND  # nothing here takes that long


def say(line):
    """Print with one write a line, so that lines of threads never mix."""
    os.write(1, f"{line}\n".encode())


class ThreadPool:
    """The note's pool with its faults mended.

    A thread is counted by the thread that starts it. The callback gets the
    value or the error. close and terminate stop every thread, once.
    """

    STOP = object()

    def __init__(self, max_num):
        self.max_num = max_num
        self.lock = Lock()  # guards all that follows
        self.wakes = threading.Condition(self.lock)
        self.queue = []
        self.threads = []
        self.idle = 0
        self.closed = False

    def run(self, func, args, callback):
        with self.lock:
            if self.closed:
                raise RuntimeError("the pool is closed")
            self.queue.append((func, args, callback))
            if self.idle < len(self.queue) and len(self.threads) < self.max_num:
                thread = Thread(target=self._call)
                self.threads.append(thread)
                thread.start()
            self.wakes.notify()

    def _call(self):
        while (task := self._next()) is not self.STOP:
            func, args, callback = task
            try:
                result = func(*args)
            except Exception as error:
                result = error
            with contextlib.suppress(Exception):
                callback(result)

    def _next(self):
        with self.lock:
            self.idle += 1
            self.wakes.wait_for(lambda: self.queue or self.closed)
            self.idle -= 1
            return self.queue.pop(0) if self.queue else self.STOP

    def close(self):
        with self.lock:
            self.closed = True
            self.wakes.notify_all()

    def terminate(self):
        with self.lock:
            discarded = len(self.queue)
            self.queue.clear()
        self.close()
        return discarded

    def wait(self):
        for thread in self.threads:
            thread.join()
        return sum(thread.is_alive() for thread in self.threads)


# ── permits ──
class PermitPool:
    def __init__(self, maxsize):
        self.maxsize = maxsize
        self._q = queue.Queue(maxsize)
        for _ in range(maxsize):
            self._q.put(Thread)

    def get_thread(self):
        return self._q.get()

    def add_thread(self):
        self._q.put(Thread)

    def join(self):
        return len([self._q.get() for _ in range(self.maxsize)])


def permits():
    pool = PermitPool(5)
    lock, alive, most_alive, ended = Lock(), 0, 0, 0

    def task(arg, pool):
        nonlocal alive, most_alive, ended
        try:
            with lock:
                alive += 1
                most_alive = max(most_alive, alive)
            time.sleep(0.2 * SECOND)
            with lock:
                alive -= 1
                ended += 1
            if arg % 10 == 0:
                say(f"{arg} fails")
                raise SystemExit  # an error that prints nothing
        finally:
            # In the note it is the last line, and lost if the task fails.
            pool.add_thread()

    for i in range(100):
        t = pool.get_thread()
        obj = t(target=task, args=(i, pool))
        obj.start()
    free = pool.join()
    say(f"{free} of 5 permits are free")
    assert most_alive <= 5
    assert ended == 100
    assert free == 5


# ── callbacks ──
def callbacks():
    pool = ThreadPool(5)
    results, five = queue.Queue(), Barrier(5)

    def action(i):
        if i < 5:
            five.wait()
        say(i)
        if i % 10 == 7:
            raise ValueError(f"no {i}")
        return current_thread()

    for i in range(30):

        def callback(result, i=i):
            results.put((i, result, result is current_thread()))

        pool.run(action, (i,), callback)
    got = [results.get() for _ in range(30)]
    failed = [(i, it) for i, it, _ in got if isinstance(it, ValueError)]
    for _, error in failed:
        say(f"the task panicked: {error}")
    assert sorted(i for i, _ in failed) == [7, 17, 27]
    assert all(str(error) == f"no {i}" for i, error in failed)
    assert sum(is_same for _, _, is_same in got) == 27
    late = time.monotonic() + LONG
    while pool.idle < 5 and time.monotonic() < late:
        time.sleep(0.1 * SECOND)
    say(f"{len(pool.threads)} {pool.idle}")
    assert (len(pool.threads), pool.idle) == (5, 5)
    pool.close()
    pool.wait()


# ── close ──
def close():
    pool = ThreadPool(2)
    done = []

    def action(i):
        time.sleep(SECOND)
        say(i)
        return i

    for i in range(6):
        pool.run(action, (i,), done.append)
    pool.close()
    at_close = len(done)
    try:
        pool.run(action, (6,), done.append)
        refused = False
    except RuntimeError as error:
        refused = True
        say(f"7th task: {error}")
    left = pool.wait()
    say(f"{len(done)} done, {left} threads left")
    assert refused
    assert at_close < 6
    assert sorted(done) == [0, 1, 2, 3, 4, 5]
    assert left == 0


# ── terminate ──
def terminate():
    pool = ThreadPool(2)
    two_begun, go_on = Barrier(3), Event()
    ended, ran = [], []

    def action():
        two_begun.wait()
        go_on.wait()

    for _ in range(2):
        pool.run(action, (), ended.append)
    two_begun.wait()
    for i in range(2, 10):
        pool.run(ran.append, (i,), ended.append)

    discarded = pool.terminate()
    say(f"{discarded} tasks discarded")
    go_on.set()
    pool.wait()
    say(f"{len(ended)} tasks ended")
    assert discarded == 8
    assert not ran
    assert len(ended) == 2


# ── counted-late ──
def counted_late():
    schedules = explore(counted_by_itself)
    failures = [names for names, threads in schedules if threads > 1]
    say(f"counted by itself: {len(schedules)} schedules, {len(failures)} fail")
    assert (len(schedules), len(failures)) == (8, 6)
    for step in failures[0]:
        say(step)

    schedules = explore(counted_by_the_starter)
    failures = [names for names, threads in schedules if threads > 1]
    say(f"counted by its starter: {len(schedules)} schedules, {len(failures)} fail")
    assert (len(schedules), len(failures)) == (2, 0)


# A thread is a generator that yields before each of its steps. It gets the
# state of the pool and a function that starts another thread.


def counted_by_itself(pool, start):
    for _ in range(2):
        yield "main looks"
        if pool["threads"] < 1:
            start(worker_that_counts_itself)


def worker_that_counts_itself(pool, start):
    yield "a thread counts itself"
    pool["threads"] += 1
    yield "a thread gets a task"


def counted_by_the_starter(pool, start):
    for _ in range(2):
        yield "main looks"
        if pool["threads"] < 1:
            yield "main counts a thread"
            pool["threads"] += 1
            start(worker)


def worker(pool, start):
    yield "a thread gets a task"


def explore(main):
    """Run main under every schedule; return the steps and threads of each."""
    schedules, choices = [], []
    while True:
        pool, threads, names, depth = {"threads": 0}, [], [], 0

        def start(function):
            thread = function(pool, start)
            threads.append((thread, next(thread)))

        start(main)
        while threads:
            if depth == len(choices):
                choices.append([0, len(threads)])
            thread, name = threads.pop(choices[depth][0])
            depth += 1
            names.append(name)
            with contextlib.suppress(StopIteration):
                threads.append((thread, next(thread)))
        schedules.append((names, pool["threads"]))
        while choices and choices[-1][0] + 1 == choices[-1][1]:
            choices.pop()
        if not choices:
            return schedules
        choices[-1][0] += 1


# ── tasks-that-wait ──
def tasks_that_wait():
    with ThreadPoolExecutor(1) as pool:

        def outer():
            say("outer waits for inner")
            inner = pool.submit(lambda: say("inner runs"))
            try:
                inner.result(timeout=2 * SECOND)
            except LateError:
                return "the outer task has given up"

        ended = pool.submit(outer).result()
        say(f"ThreadPoolExecutor: {ended}")
        assert ended == "the outer task has given up"


# ── fork-join ──
def fork_join():
    numbers = range(1, (1 << 20) + 1)
    half = len(numbers) // 2
    joins = 0

    def add_up(numbers):
        nonlocal joins
        if len(numbers) <= 1 << 10:
            return sum(numbers)
        joins += 1
        half = len(numbers) // 2
        return add_up(numbers[:half]) + add_up(numbers[half:])

    # One fork: a task that waits for another holds its thread here, and the
    # halves would not run at the same time, either: one has the GIL.
    both = Barrier(2)

    def one(numbers):
        both.wait()
        return add_up(numbers), current_thread()

    with ThreadPoolExecutor(2) as pool:
        halves = pool.map(one, [numbers[:half], numbers[half:]])
        (left, left_thread), (right, right_thread) = halves
    say(f"sum: {left + right}")
    say(f"joins: {joins + 1}")
    assert left + right == (1 << 20) * ((1 << 20) + 1) // 2
    assert left_thread is not right_thread


# ── reuse ──
def reuse():
    tasks = 2_000
    threads, lock = [], Lock()

    def task():
        with lock:
            threads.append(current_thread())

    begin = time.monotonic()
    for _ in range(tasks):
        thread = Thread(target=task)
        thread.start()
        thread.join()
    with_threads = time.monotonic() - begin
    started = len(set(threads))

    threads.clear()
    begin = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        for _ in range(tasks):
            pool.submit(task)
    with_pool = time.monotonic() - begin
    reused = len(set(threads))
    say(f"a thread for each task: {started} threads")
    say(f"a pool of one: {reused} thread")
    assert (started, reused) == (tasks, 1)
    assert with_threads / with_pool > 1


SCENES = {
    "permits": permits,
    "callbacks": callbacks,
    "close": close,
    "terminate": terminate,
    "counted-late": counted_late,
    "tasks-that-wait": tasks_that_wait,
    "fork-join": fork_join,
    "reuse": reuse,
}

if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
