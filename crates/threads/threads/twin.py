"""The scenes of threads in Python: python3 twin.py spawn"""

import os
import threading
import time
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread

SECOND = float(os.environ.get("PACE", "0.1"))  # how long a note-second lasts
LONG = 20 * SECOND  # nothing here takes that long


def say(line):
    """Print with one write a line, so that lines of threads never mix."""
    os.write(1, f"{line}\n".encode())


def start(target, *args, name=None):
    thread = Thread(target=target, args=args, name=name)
    thread.start()
    return thread


# ── spawn ──
def spawn():
    seen = []
    pid = os.getpid()

    def func(i):
        time.sleep(SECOND)
        say(f"in func {i} {os.getpid()}")
        seen.append((i, os.getpid(), threading.get_native_id()))

    say(f"in main {pid}")
    threads = [start(func, i) for i in range(20)]
    # Without it the interpreter would wait for them at its end.
    for thread in threads:
        thread.join()
    assert sorted(i for i, _, _ in seen) == list(range(20))
    assert all(its_pid == pid for _, its_pid, _ in seen)
    assert len({tid for _, _, tid in seen}) == 20


# ── own-type ──
class MyThread(Thread):
    def __init__(self, name):
        super().__init__()  # forgotten, the start is a RuntimeError
        self.name = name

    def run(self):
        time.sleep(2 * SECOND)
        self.hello = f"{self.name} say hello"
        say(self.hello)


def own_type():
    t = MyThread("aaa")
    t.start()
    say("main thread")
    t.join()
    assert t.hello == "aaa say hello"


# ── names ──
def names():
    met = Barrier(3)
    known = {}

    def waits():
        me = threading.current_thread()
        known[me.ident] = me.name
        met.wait()  # They run.
        met.wait()  # Main has looked.

    long_name = "a-name-of-more-than-15-bytes"
    one, two = start(waits, name="Thread-1"), start(waits, name=long_name)
    met.wait()
    alive, live = one.is_alive(), threading.enumerate()
    kernel = [comm(thread.native_id) for thread in (one, two)]
    count = threading.active_count()
    met.wait()
    say(f"{one.name} is alive: {alive}")
    say(f"live threads: {count}")
    # It tells the kernel the names from 3.14 on; until then all threads have
    # the name of the program.
    say(f"the kernel's names: {', '.join(kernel)}")
    assert alive
    assert count == 3
    assert live == [threading.main_thread(), one, two]

    one.join()
    two.join()
    assert known == {one.ident: "Thread-1", two.ident: long_name}
    assert len({one.ident, two.ident, threading.get_ident()}) == 3
    count = threading.active_count()
    say(f"live threads after both joins: {count}")
    assert count == 1


def comm(tid):
    with open(f"/proc/self/task/{tid}/comm") as file:
        return file.read().rstrip("\n")


# ── squares ──
def squares():
    dic = {}
    met = Barrier(10)

    def square(i):
        met.wait()  # All ten live, so each has an ident of its own.
        time.sleep((10 - i) / 10 * SECOND)
        dic[threading.get_ident()] = i * i

    threads = [start(square, i) for i in range(1, 11)]
    got = []
    for thread in threads:
        thread.join()
        got.append(dic[thread.ident])
        say(got[-1])
    assert got == [i * i for i in range(1, 11)]

    by_ident, by_thread = {}, {}

    def square_at_once(i):
        by_ident[threading.get_ident()] = i * i
        by_thread[threading.current_thread()] = i * i

    threads = [start(square_at_once, i) for i in range(1, 11)]
    for thread in threads:
        thread.join()
    right = sum(
        by_ident[thread.ident] == i * i
        for i, thread in enumerate(threads, start=1)
    )
    say(f"a table by ident, for threads that end at once: {right} of 10 right")
    # From 3.13 on it is mostly ten: an ident is used again only later.
    assert right == len({thread.ident for thread in threads})
    right = sum(
        by_thread[thread] == i * i for i, thread in enumerate(threads, start=1)
    )
    say(f"a table by thread object: {right} of 10 right")
    assert right == 10


# ── not-started ──
def not_started():
    met = Barrier(11)

    def waits():
        met.wait()  # It runs.
        met.wait()  # Main has counted.

    made = [Thread(target=waits) for _ in range(10)]
    count = threading.active_count()
    say(f"made: {count}")
    assert count == 1

    for thread in made:
        thread.start()
    met.wait()
    count = threading.active_count()
    met.wait()
    say(f"started: {count}")
    assert count == 11
    for thread in made:
        thread.join()

    # Found at run time; in Rust the second start does not compile.
    try:
        made[0].start()
    except RuntimeError as error:
        refused = str(error)
    assert refused == "threads can only be started once"


# ── join-timeout ──
def join_timeout():
    end_is_said = Barrier(2)
    values = []

    def f1():
        end_is_said.wait()
        say("f1")
        values.append("f1")

    # The note's is a daemon, so that the program need not wait for it.
    t = Thread(target=f1, daemon=True)
    t.start()
    begin = time.monotonic()
    joined = t.join(2 * SECOND)
    waited = time.monotonic() - begin
    say("end")
    assert waited >= 2 * SECOND
    assert joined is None  # either way
    assert t.is_alive()
    end_is_said.wait()
    t.join(LONG)
    assert not t.is_alive()
    assert values == ["f1"]


# ── scoped ──
def scoped():
    def double(numbers, part):
        for i in part:
            numbers[i] *= 2

    def rotten():
        raise ValueError("rotten apple")

    numbers = [1, 2, 3, 4]
    threads = [start(double, numbers, [0, 1]), start(double, numbers, [2, 3])]
    for thread in threads:  # forgotten, they go on when the function has ended
        thread.join()
    say(f"by hand: {numbers}")
    assert numbers == [2, 4, 6, 8]

    with ThreadPoolExecutor() as pool:
        pool.submit(double, numbers, [0, 1])
        pool.submit(double, numbers, [2, 3])
    say(f"a pool: {numbers}")
    assert numbers == [4, 8, 12, 16]

    # The exception lies in the future, and is lost unless one asks it.
    with ThreadPoolExecutor() as pool:
        future = pool.submit(rotten)
    say("with an exception: the pool's with block ends well")
    assert str(future.exception()) == "rotten apple"


# ── panics ──
def panics():
    heard = []
    threading.excepthook = lambda args: heard.append(
        (args.thread.name, str(args.exc_value))
    )
    eaten = []

    def eat(apple):
        if apple.startswith("rotten"):
            raise ValueError(f"a {apple}")
        eaten.append(apple)

    bad = start(eat, "rotten apple", name="bad")
    joined = bad.join()
    good = start(eat, "apple", name="good")
    good.join()
    # join does not tell; the exception went to threading.excepthook, which
    # prints it.
    say(f"bad: join returned {joined}")
    say(f"good: ate an {eaten[0]}")
    assert joined is None
    assert heard == [("bad", "a rotten apple")]


# ── lifecycle ──
def lifecycle():
    begun = Barrier(2)
    stop = threading.Event()

    def live():
        begun.wait()
        while not stop.is_set():
            pass
        begun.wait()

    t = Thread(target=live)
    assert t.ident is None and not t.is_alive()
    say("created: not there")
    t.start()
    begun.wait()
    assert wait_for(t, "R")
    say("runs: runnable")
    stop.set()
    assert wait_for(t, "S")
    say("blocks: blocked")
    begun.wait()
    t.join()
    assert not t.is_alive()
    say("ended: not there")


def wait_for(thread, letter):
    deadline = time.monotonic() + LONG
    while state(thread) != letter and time.monotonic() < deadline:
        time.sleep(0)
    return state(thread) == letter


def state(thread):
    with open(f"/proc/self/task/{thread.native_id}/stat") as file:
        return file.read().rpartition(") ")[2][0]


# ── times ──
def times():
    def compute():
        end = time.monotonic() + 2 * SECOND
        while time.monotonic() < end:
            pass

    run = lives("computes", compute)
    assert run["on a core"] + run["ready"] > run["time"] / 2
    run = lives("sleeps", lambda: time.sleep(2 * SECOND))
    assert run["blocked"] > run["time"] / 2


def lives(name, function):
    lived = {}

    def live():
        lived["begun"], before = time.monotonic(), counted()
        function()
        after, lived["ended"] = counted(), time.monotonic()
        lived["on a core"] = after[0] - before[0]
        lived["ready"] = after[1] - before[1]

    called = time.monotonic()
    start(live).join()
    joined = time.monotonic()
    ts, td = lived["begun"] - called, joined - lived["ended"]
    lived["time"] = lived["ended"] - lived["begun"]
    busy = lived["on a core"] + lived["ready"]
    lived["blocked"] = max(0, lived["time"] - busy)
    tr = lived["time"]
    say(f"{name}: Ts {ts * 1e6:.0f}µs, Tr {tr * 1e3:.0f}ms, Td {td * 1e6:.0f}µs")
    parts = [f"{it} {lived[it] * 1e3:.0f}ms" for it in PARTS]
    say(f"of Tr: {', '.join(parts)}")
    return lived


PARTS = ("on a core", "ready", "blocked")


def counted():
    """The seconds that this thread has been on a core, and ready for one."""
    with open("/proc/thread-self/schedstat") as file:
        return time.thread_time(), int(file.read().split()[1]) / 1e9


SCENES = {
    "spawn": spawn,
    "own-type": own_type,
    "names": names,
    "squares": squares,
    "not-started": not_started,
    "join-timeout": join_timeout,
    "scoped": scoped,
    "panics": panics,
    "lifecycle": lifecycle,
    "times": times,
}

if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
