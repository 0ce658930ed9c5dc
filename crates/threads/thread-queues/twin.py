"""The scenes of thread-queues in Python: python3 twin.py fifo"""

import os
import queue
import time
from argparse import ArgumentParser
from dataclasses import dataclass, field
from threading import Barrier, Event, Thread

SECOND = float(os.environ.get("PACE", "0.1"))  # how long a note-second lasts
LONG = 20 * SECOND  # nothing here takes that long


def say(line):
    """Print with one write a line, so that lines of threads never mix."""
    os.write(1, f"{line}\n".encode())


def drain(q):
    """Return the items that are in the queue now."""
    items = []
    while True:
        try:
            items.append(q.get_nowait())
        except queue.Empty:
            return items


# ── fifo ──
def fifo():
    q = queue.Queue()
    q.put("first")
    q.put("second")
    q.put("third")

    got = [q.get(), q.get(), q.get()]
    for item in got:
        say(item)
    assert got == ["first", "second", "third"]

    def produce():
        for number in range(10):
            q.put(number)

    # It holds at most two items, so the producer has to wait for main.
    q = queue.Queue(2)
    producer = Thread(target=produce)
    producer.start()
    time.sleep(SECOND)
    got = [q.get() for _ in range(10)]
    producer.join()
    say(f"from another thread: {got}")
    assert got == list(range(10))


# ── lifo ──
def lifo():
    q = queue.LifoQueue()
    q.put("first")
    q.put("second")
    q.put("third")

    got = [q.get(), q.get(), q.get()]
    for item in got:
        say(item)
    assert got == ["third", "second", "first"]

    q.put("first")
    q.put("second")
    got = [q.get()]
    q.put("third")
    got += [q.get(), q.get()]
    say(f"with a get in between: {', '.join(got)}")
    assert got == ["second", "third", "first"]


# ── priority ──
@dataclass(order=True)
class Prioritized:
    priority: int
    item: str = field(compare=False)


def priority():
    q = queue.PriorityQueue()
    q.put((20, "a"))
    q.put((10, "b"))
    q.put((30, "c"))

    got = [q.get(), q.get(), q.get()]
    for item in got:
        say(item)
    assert got == [(10, "b"), (20, "a"), (30, "c")]

    q.put((1, "z"))
    q.put((1, "m"))
    got = [q.get(), q.get()]
    say(f"with the same number: {got[0]}, {got[1]}")
    assert got == [(1, "m"), (1, "z")]

    # A heap does not keep equal items in order. The remedy is a triple: the
    # priority, a number that counts up, and the item.
    q = queue.PriorityQueue()
    for item in ["z", "m", "a", "k", "b"]:
        q.put(Prioritized(1, item))
    got = [prioritized.item for prioritized in drain(q)]
    say(f"with equal priorities: {' '.join(got)}")
    assert got != ["z", "m", "a", "k", "b"]
    assert sorted(got) == ["a", "b", "k", "m", "z"]


# ── any-value ──
def any_value():
    q = queue.Queue()
    q.put({1, 2, 3})
    q.put_nowait("abc")
    got = [q.get_nowait(), q.get()]
    for value in got:
        say(value)
    assert got == [{1, 2, 3}, "abc"]

    lfq = queue.LifoQueue()
    lfq.put(1)
    lfq.put("abc")
    lfq.put({"1", "2"})
    kinds = [kind_of(value) for value in drain(lfq)]
    say(", ".join(kinds))
    assert kinds == ["a set", "a text", "a number"]

    pq = queue.PriorityQueue()
    for item in [(3, "fds"), (2, "fdsa"), (1, "fdsa"), (4, "fds")]:
        pq.put(item)
    got = drain(pq)
    for item in got:
        say(item)
    assert got == [(1, "fdsa"), (2, "fdsa"), (3, "fds"), (4, "fds")]


def kind_of(value):
    kinds = {int: "a number", str: "a text", set: "a set"}
    return kinds.get(type(value), "something else")


# ── timeouts ──
def timeouts():
    get_waits()

    q = queue.Queue(2)
    q.put("apple")
    q.put("pear")
    # The exception carries nothing: the caller has to remember the plum.
    try:
        q.put_nowait("plum")
    except queue.Full:
        say("try_put: the queue is full")
    else:
        raise AssertionError("three of two")
    begin = time.monotonic()
    try:
        q.put("plum", timeout=SECOND)
    except queue.Full:
        assert time.monotonic() - begin >= SECOND
    else:
        raise AssertionError("three of two")

    got = [q.get(), q.get(timeout=SECOND)]
    say(f"got {got[0]} and {got[1]}")
    begin = time.monotonic()
    try:
        q.get(timeout=SECOND)
    except queue.Empty:
        say("get_timeout: the queue is empty")
        assert time.monotonic() - begin >= SECOND
    else:
        raise AssertionError("one of none")
    assert drain(q) == []


def get_waits():
    q = queue.Queue()
    ready = Barrier(2)
    got = queue.SimpleQueue()

    def get():
        ready.wait()
        got.put(q.get())

    getter = Thread(target=get)
    getter.start()
    ready.wait()
    time.sleep(SECOND)
    has_waited = got.empty()
    say("put hello")
    q.put("hello")
    getter.join()
    assert has_waited
    assert got.get() == "hello"


# ── shutdown ──
class ShutDown(Exception):
    """As queue.ShutDown, which Python has had since 3.13."""


class Queue(queue.Queue):
    """With the shutdown that Python's queues have had since 3.13."""

    is_shutdown = False

    def put(self, item):
        with self.not_full:
            while self.is_full() and not self.is_shutdown:
                self.not_full.wait()
            if self.is_shutdown:
                raise ShutDown
            self._put(item)
            self.unfinished_tasks += 1
            self.not_empty.notify()

    def get(self):
        with self.not_empty:
            while not self._qsize():
                if self.is_shutdown:
                    raise ShutDown
                self.not_empty.wait()
            self.not_full.notify()
            return self._get()

    def is_full(self):
        return 0 < self.maxsize <= self._qsize()

    def shutdown(self, immediate=False):
        with self.mutex:
            self.is_shutdown = True
            while immediate and self._qsize():
                self._get()  # discarded, but it counts as done
                self.unfinished_tasks -= 1
            for condition in (
                self.not_empty,
                self.not_full,
                self.all_tasks_done,
            ):
                condition.notify_all()


def outcome(method, *args):
    """What the call returns, or that the queue has been shut down."""
    try:
        return method(*args)
    except ShutDown:
        return ShutDown


def shutdown():
    full, empty = Queue(2), Queue()
    full.put(1)
    full.put(2)
    ready = Barrier(3)
    ended = {}

    def wait_in(method, *args):
        ready.wait()
        ended[method.__name__] = outcome(method, *args)

    threads = [
        Thread(target=wait_in, args=(full.put, 3)),
        Thread(target=wait_in, args=(empty.get,)),
    ]
    for thread in threads:
        thread.start()
    ready.wait()
    time.sleep(SECOND)
    assert all(thread.is_alive() for thread in threads)
    say("shutdown")
    full.shutdown()
    empty.shutdown()
    for thread in threads:
        thread.join()
    # The exception does not carry the 3.
    assert ended == {"put": ShutDown, "get": ShutDown}
    rest = list(iter(lambda: outcome(full.get), ShutDown))
    say(f"still in the queue: {rest}")
    assert rest == [1, 2]
    assert outcome(full.put, 4) is ShutDown

    q = Queue()
    for item in (1, 2, 3):
        q.put(item)
    first = q.get()
    q.task_done()
    left = list(q.queue)  # shutdown returns nothing, so one has to peek
    q.shutdown(immediate=True)
    say(f"immediate shutdown: {first} was done, {left} were not")
    assert left == [2, 3]
    assert outcome(q.get) is ShutDown
    q.join()


# ── join ──
def join():
    q = queue.Queue()
    eaten = []

    def eat():
        while True:
            apple = q.get()
            time.sleep(SECOND)
            say(f"apple {apple} is eaten")
            eaten.append(apple)
            q.task_done()

    for apple in (1, 2, 3):
        q.put(apple)
    # A daemon, since nothing else would end it.
    Thread(target=eat, daemon=True).start()
    q.join()
    assert eaten == [1, 2, 3]
    assert q.unfinished_tasks == 0
    say("join returned")

    try:
        q.task_done()
    except ValueError as error:
        refused = str(error)
    assert refused == "task_done() called too many times"
    say(f"{refused}: no item is unfinished")

    # join has no timeout, so a thread joins, and is itself waited for.
    joined = Event()

    def join_again():
        q.join()
        joined.set()

    Thread(target=join_again, daemon=True).start()
    assert joined.wait(timeout=LONG)


SCENES = {
    "fifo": fifo,
    "lifo": lifo,
    "priority": priority,
    "any-value": any_value,
    "timeouts": timeouts,
    "shutdown": shutdown,
    "join": join,
}

if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
