"""The scenes of ticket-lock in Python: python3 twin.py oversold"""

import json
import os
import threading
import time
from argparse import ArgumentParser
from multiprocessing import Array, Barrier, Event, Lock, Process, RLock
from multiprocessing import Value, set_start_method
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

# How long a second of the notes lasts.
SECOND = float(os.environ.get("PACE", "0.1"))


def say(line):
    """Print a line with one write, so that no two lines ever mix."""
    os.write(1, f"{line}\n".encode())


def together(processes):
    """Run processes at once; all of them must end well."""
    processes = list(processes)
    for process in processes:
        process.daemon = True  # ended with this one, should this one fail
        process.start()
    for process in processes:
        process.join()
    for process in processes:
        assert process.exitcode == 0, f"{process.name}: {process.exitcode}"


class TicketFile:
    """A file that says how many tickets are left: {"count": 1}"""

    def __init__(self, folder, count):
        self.path = Path(folder, "ticket")
        self.set_count(count)

    def count(self):
        return json.loads(self.path.read_text())["count"]

    def set_count(self, count):
        # Replaced as a whole, so it is never read half-written.
        folder = self.path.parent
        with NamedTemporaryFile("w", dir=folder, delete=False) as new:
            json.dump({"count": count}, new)
        os.replace(new.name, self.path)


# ── oversold ──
def oversold():
    with TemporaryDirectory() as folder:
        tickets = TicketFile(folder, 1)
        sold = Value("i", 0)
        all_have_read = Barrier(4, timeout=10)
        together(
            Process(
                target=buy_unlocked, args=(name, tickets, all_have_read, sold)
            )
            for name in ("aaa", "bbb", "ccc", "ddd")
        )
        say(f"{sold.value} tickets sold, {tickets.count()} left")
        assert (sold.value, tickets.count()) == (4, 0)


def buy_unlocked(name, tickets, all_have_read, sold):
    count = tickets.count()
    say(f"{name} finds {count} left")
    time.sleep(2 * SECOND)
    all_have_read.wait()
    if count >= 1:
        say(f"{name} has bought a ticket")
        with sold.get_lock():  # += alone reads and writes, and loses some
            sold.value += 1
        time.sleep(2 * SECOND)
        tickets.set_count(count - 1)
    else:
        say(f"{name} has got none")


# ── sold-once ──
def sold_once():
    with TemporaryDirectory() as folder:
        tickets = TicketFile(folder, 1)
        lock, sold = Lock(), Value("i", 0, lock=False)
        begin = time.monotonic()
        together(
            Process(target=use_lock, args=(name, tickets, lock, sold))
            for name in ("aaa", "bbb", "ccc", "ddd")
        )
        took = time.monotonic() - begin
        say(f"{sold.value} ticket sold, {tickets.count()} left")
        assert sold.value == 1
        assert tickets.count() == 0
        assert took >= 10 * SECOND


def use_lock(name, tickets, lock, sold):
    search_ticket(name, tickets)
    say(f"{name} waits")
    with lock:
        say(f"{name} has its turn")
        buy_ticket(name, tickets, sold)


def search_ticket(name, tickets):
    say(f"{name} finds {tickets.count()} left")


def buy_ticket(name, tickets, sold):
    count = tickets.count()
    time.sleep(2 * SECOND)
    if count >= 1:
        say(f"{name} has bought a ticket")
        sold.value += 1
        time.sleep(2 * SECOND)
        tickets.set_count(count - 1)
    else:
        say(f"{name} has got none")


# ── killed-holder ──
def killed_holder():
    with TemporaryDirectory() as folder:
        tickets = TicketFile(folder, 1)
        lock, sold, has_counted = Lock(), Value("i", 0, lock=False), Event()
        aaa = Process(
            target=buy_and_be_killed,
            args=(lock, sold, has_counted),
            daemon=True,
        )
        aaa.start()
        assert has_counted.wait(timeout=10)
        assert not lock.acquire(block=False)
        aaa.kill()
        aaa.join()

        # A plain acquire() would wait for ever: the lock does not know its
        # holder, so it cannot know that the holder is dead.
        assert not lock.acquire(timeout=2 * SECOND)
        say("main has waited in vain")
        together(
            Process(target=try_to_buy, args=(name, tickets, lock, sold))
            for name in ("bbb", "ccc")
        )
        say(f"{sold.value} sold, {tickets.count()} left")
        assert (sold.value, tickets.count()) == (1, 1), "a contradiction"


def buy_and_be_killed(lock, sold, has_counted):
    with lock:
        # Now one is sold, and the file still has it.
        sold.value += 1
        say("aaa has counted its ticket as sold")
        has_counted.set()
        time.sleep(1000 * SECOND)


def try_to_buy(name, tickets, lock, sold):
    if not lock.acquire(timeout=2 * SECOND):
        say(f"{name} has waited in vain")
        return
    try:
        buy_ticket(name, tickets, sold)
    finally:
        lock.release()


# ── fairness ──
class TicketLock:
    """Serves the threads as they come; threading.Lock promises no order."""

    def __init__(self):
        self.changed = threading.Condition()
        self.next_ticket = self.now_serving = 0

    def __enter__(self):
        with self.changed:
            ticket = self.next_ticket
            self.next_ticket += 1
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.now_serving == ticket)

    def __exit__(self, *_):
        with self.changed:
            self.now_serving += 1
            self.changed.notify_all()

    def waiting(self):
        return self.next_ticket - self.now_serving - 1


def fairness():
    served = []
    lock = TicketLock()
    threads = [
        threading.Thread(target=be_served, args=(number, lock, served))
        for number in range(10)
    ]
    with lock:
        for number, thread in enumerate(threads):
            thread.start()
            # The next one comes when this one has its ticket.
            while lock.waiting() <= number:
                time.sleep(0)
    for thread in threads:
        thread.join()
    say(f"came and were served: {served}")
    assert served == list(range(10))

    ticket = TicketLock()
    shares = contest(ticket, lambda coming: ticket.waiting())
    show("TicketLock", shares)
    show("threading.Lock", contest(threading.Lock(), lambda coming: coming))
    assert shares == [100] * 4


def be_served(number, lock, served):
    with lock:
        served.append(number)


THREADS = 4
TURNS = 400


def contest(lock, waiting):
    """Give 400 turns to four threads, and return how many each got.

    A thread keeps the lock until the others wait for it, or are about to.
    """
    turns = 0
    coming = set()
    shares = [0] * THREADS

    def take_turns(me):
        nonlocal turns
        coming.add(me)
        while True:
            with lock:
                coming.remove(me)
                if turns == TURNS:
                    return
                turns += 1
                shares[me] += 1
                while waiting(len(coming)) < THREADS - 1:
                    time.sleep(0)
                coming.add(me)

    threads = [
        threading.Thread(target=take_turns, args=(me,))
        for me in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return shares


def show(name, shares):
    # Jain's index: 1 if all have as many turns, 1/n if one of n has all.
    index = sum(shares) ** 2 / (THREADS * sum(x**2 for x in shares))
    say(f"{name}: {shares}, Jain's index {index:.2f}")


# ── screen ──
def screen():
    # A pipe stands for the screen, so that the scene can read what is on it.
    reader, writer = os.pipe()
    lock = Lock()
    together(
        Process(target=func, args=(i, writer, lock)) for i in range(10)
    )
    os.close(writer)
    with open(reader) as seen:
        lines = seen.read().splitlines()
    for line in lines:
        say(line)
    assert sorted(lines) == [
        f"process {i} says hello and good-bye" for i in range(10)
    ]


def func(i, screen, lock):
    with lock:
        os.write(screen, f"process {i} says hello ".encode())
        # Long enough for the other processes to come between.
        time.sleep(0.5 * SECOND)
        os.write(screen, b"and good-bye\n")


# ── array ──
def array():
    # An Array may have a lock of its own, but can be used without it.
    li = Array("i", 10)
    li[0] = 10
    lock = RLock()
    said = Array("i", [-1] * 10)
    begin = time.monotonic()
    together(
        Process(target=foo, args=(i, li, lock, said)) for i in range(10)
    )
    took = time.monotonic() - begin
    assert sorted(said) == list(range(10))
    assert took >= 10 * SECOND


def foo(i, li, lock, said):
    with lock:
        li[0] -= 1
        time.sleep(SECOND)
        say(f"say hi {li[0]}")
        said[i] = li[0]


SCENES = {
    "oversold": oversold,
    "sold-once": sold_once,
    "killed-holder": killed_holder,
    "fairness": fairness,
    "screen": screen,
    "array": array,
}

if __name__ == "__main__":
    set_start_method("fork")  # a child begins as a copy, as in Rust
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
