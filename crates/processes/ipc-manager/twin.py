"""The scenes of ipc-manager in Python: python3 twin.py shared"""

import os
import signal
import threading
import time
from argparse import ArgumentParser
from multiprocessing import Array, Barrier, Event, Manager, Process
from multiprocessing import active_children, set_start_method
from multiprocessing.managers import SyncManager
from tempfile import TemporaryDirectory

# How long a second of the notes lasts.
SECOND = float(os.environ.get("PACE", "0.1"))


def say(line):
    """Print a line with one write, so that no two lines ever mix."""
    os.write(1, f"{line}\n".encode())


def start(target, *args):
    """Start a process that is ended with this one, should this one fail."""
    process = Process(target=target, args=args, daemon=True)
    process.start()
    return process


def join(processes):
    """Wait for processes; all of them must end well."""
    for process in processes:
        process.join()
    for process in processes:
        assert process.exitcode == 0, f"{process.name}: {process.exitcode}"


# ── shared ──
def shared():
    with Manager() as manager:
        parents = manager.dict()
        pids = manager.list(range(3))
        children = [start(thre, parents, pids) for _ in range(10)]
        join(children)
        say(f"main: {len(parents)} keys, and a list of {len(pids)}")
        written = {child.pid for child in children}
        assert parents.copy() == dict.fromkeys(written, os.getpid())
        assert pids[:3] == [0, 1, 2] and set(pids[3:]) == written


def thre(parents, pids):
    parents[os.getpid()] = os.getppid()
    pids.append(os.getpid())
    # Copies, and old already: others may be adding to them at this moment.
    say(pids[:])
    say(parents.copy())
    assert os.getpid() in parents and os.getpid() in pids[:]


# ── lost-update ──
def lost_update():
    with Manager() as manager:
        apples = manager.Value("i", 0)
        all_have_read = Barrier(4, timeout=10)
        names = ("a", "b", "c", "d")
        join([start(add_one, name, apples, all_have_read) for name in names])
        say(f"main: {apples.value}")
        assert apples.value == 1


def add_one(name, apples, all_have_read):
    # What apples.value += 1 does: it asks for the number, and then sets it.
    seen = apples.value
    say(f"{name} sees {seen}")
    all_have_read.wait()
    apples.value = seen + 1
    say(f"{name} has set it to {seen + 1}")


# ── update ──
class Counter:
    """A number in the manager, which has a thread for each client."""

    def __init__(self):
        self.lock, self.number = threading.Lock(), 0

    def add(self, number):
        with self.lock:
            self.number += number
            return self.number


class CountingManager(SyncManager):
    pass


CountingManager.register("Counter", Counter)


def update():
    with CountingManager() as manager:
        apples, lock = manager.Value("i", 0), manager.Lock()
        inside = Event()
        victim = start(stop_in_the_middle, apples, lock, inside)
        assert inside.wait(timeout=10)
        names = ("a", "b", "c", "d")
        adding = [start(add_locked, name, apples, lock) for name in names]
        victim.kill()
        victim.join()
        join(adding)
        say(f"main: {apples.value}")
        assert apples.value == 0

        # The way out is an operation that is the manager's own, so that no
        # client ever holds anything.
        counter = manager.Counter()
        join([start(add, name, 100, counter) for name in names])
        say(f"main: {counter.add(0)}")
        assert counter.add(0) == 400


def stop_in_the_middle(apples, lock, inside):
    with lock:
        seen = apples.value
        say(f"victim sees {seen} and is about to write {seen + 1000}")
        inside.set()
        while True:
            signal.pause()
        apples.value = seen + 1000


def add_locked(name, apples, lock):
    # The manager sees that the victim's line is closed, and keeps the lock.
    if not lock.acquire(True, 2 * SECOND):
        say(f"{name} has waited in vain")
        return
    try:
        apples.value += 100
    finally:
        lock.release()


def add(name, count, counter):
    for _ in range(count):
        counter.add(1)
    say(f"{name} has added {count} times one")


# ── manager-killed ──
def manager_killed():
    # In a folder of ours: its own would be left when it is killed.
    with TemporaryDirectory() as folder:
        manager = SyncManager(address=os.path.join(folder, "manager"))
        manager.start()
        (keeper,) = active_children()
        numbers = manager.dict()
        writers = []
        for name in ("a", "b", "c"):
            begun = Event()
            writers.append(start(write_for_ever, name, numbers, begun))
            assert begun.wait(timeout=10)

        begin = time.monotonic()
        keeper.kill()
        keeper.join()
        join(writers)
        assert time.monotonic() - begin < 1
        for _ in range(2):
            try:
                len(numbers)
            except (EOFError, ConnectionError):
                continue
            raise AssertionError("the dead keep numbers")


def write_for_ever(name, numbers, begun):
    numbers[name] = 0
    begun.set()
    try:
        while True:
            numbers[name] += 1
    except (EOFError, ConnectionError) as error:
        say(f"{name}: the manager has gone: {type(error).__name__}")


# ── isolated ──
def isolated():
    numbers = []
    for i in range(10):
        join([start(write, i, numbers)])
    say(f"main: {numbers}")
    assert numbers == []


def write(i, numbers):
    numbers.append(i)
    say(f"foo {i}: {numbers}")
    assert numbers == [i]


# ── array ──
def array():
    numbers = Array("i", 10)
    for i in range(10):
        # One after the other, each has a past to look at.
        join([start(foo, i, numbers)])
    assert numbers[:] == list(range(100, 110))


def foo(i, numbers):
    numbers[i] = i + 100
    say(numbers[:])
    seen = [number for number in numbers if number > 0]
    assert seen == list(range(100, 101 + i))


SCENES = {
    "shared": shared,
    "lost-update": lost_update,
    "update": update,
    "manager-killed": manager_killed,
    "isolated": isolated,
    "array": array,
}

if __name__ == "__main__":
    set_start_method("fork")  # a child begins as a copy, as in Rust
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
