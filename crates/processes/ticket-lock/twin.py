"""The scenes of ticket-lock in Python: python3 twin.py oversold"""

import json
import os
import signal
import threading
import time
from argparse import ArgumentParser
from multiprocessing import Array, Barrier, Event, Lock, Process, Value
from multiprocessing import set_start_method
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
        # Replaced as a whole: nobody ever reads a file that is half-written.
        folder = self.path.parent
        with NamedTemporaryFile("w", dir=folder, delete=False) as new:
            json.dump({"count": count}, new)
        os.replace(new.name, self.path)


def contest(name, lock, threads=4):
    """Let threads want a lock all the time, and see what each gets of it.

    Jain's index is 1 if all have as many turns, 1/n if one of n has all.
    """
    started, grants, waits = set(), [0] * threads, [0.0] * threads

    def turn():
        with lock:
            for _ in range(10_000):  # longer than the others take to look
                pass

    def compete(number):
        while len(started) < threads:  # nobody is alone while others start
            turn()
            started.add(number)
        now = time.monotonic()
        until = now + 2 * SECOND
        while now < until:
            before = now
            turn()
            now = time.monotonic()
            grants[number] += 1
            waits[number] = max(waits[number], now - before)

    running = [
        threading.Thread(target=compete, args=(number,))
        for number in range(threads)
    ]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    squares = sum(share**2 for share in grants)
    index = sum(grants) ** 2 / (threads * squares)
    longest = max(waits) * 1000
    say(
        f"{name}: {grants}, Jain's index {index:.2f}, "
        f"longest wait {longest:.1f}ms"
    )
    return index


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
            Process(target=queue_up, args=(name, tickets, lock, sold))
            for name in ("aaa", "bbb", "ccc", "ddd")
        )
        took = time.monotonic() - begin
        say(f"{sold.value} ticket sold, {tickets.count()} left")
        assert (sold.value, tickets.count()) == (1, 0)
        assert took >= 10 * SECOND, "the four decided one after the other"


def queue_up(name, tickets, lock, sold):
    say(f"{name} finds {tickets.count()} left and waits")
    with lock:
        say(f"{name} has its turn")
        buy_locked(name, tickets, sold)


def buy_locked(name, tickets, sold):
    count = tickets.count()
    time.sleep(2 * SECOND)
    if count == 0:
        say(f"{name} has got none")
        return
    say(f"{name} has bought a ticket")
    sold.value += 1
    time.sleep(2 * SECOND)
    tickets.set_count(count - 1)


# ── killed-holder ──
def killed_holder():
    with TemporaryDirectory() as folder:
        tickets = TicketFile(folder, 1)
        lock, sold, inside = Lock(), Value("i", 0, lock=False), Event()
        aaa = Process(
            target=buy_and_be_killed,
            args=(tickets, lock, sold, inside),
            daemon=True,
        )
        aaa.start()
        assert inside.wait(timeout=10)
        aaa.kill()
        aaa.join()
        assert aaa.exitcode == -signal.SIGKILL

        # A plain acquire() would wait for ever: the lock does not know who
        # holds it, so nobody finds out that its holder is dead.
        assert not lock.acquire(timeout=2 * SECOND)
        say("main has waited in vain")
        together(
            Process(target=try_to_buy, args=(name, tickets, lock, sold))
            for name in ("bbb", "ccc")
        )
        say(f"{sold.value} sold, {tickets.count()} left")
        assert (sold.value, tickets.count()) == (1, 1), "a contradiction"


def buy_and_be_killed(tickets, lock, sold, inside):
    with lock:
        if tickets.count() >= 1:
            # Now one is sold and the file has one still.
            sold.value += 1
            say("aaa has counted its ticket as sold")
            inside.set()
            while True:
                signal.pause()


def try_to_buy(name, tickets, lock, sold):
    if not lock.acquire(timeout=2 * SECOND):
        say(f"{name} has waited in vain")
        return
    try:
        buy_locked(name, tickets, sold)
    finally:
        lock.release()


# ── screen ──
def screen():
    # A pipe stands for the screen, so that the scene can see what is on it.
    reader, writer = os.pipe()
    lock = Lock()
    writers = [
        Process(target=write, args=(f"process {number}", writer, lock))
        for number in range(10)
    ]
    together(writers)
    os.close(writer)
    with open(reader) as screen:
        lines = screen.read().splitlines()
    for line in lines:
        say(line)
    assert sorted(lines) == [
        f"process {number} says hello and good-bye" for number in range(10)
    ]


def write(name, screen, lock):
    with lock:
        os.write(screen, f"{name} says hello ".encode())
        # Whoever is waiting for a core gets its chance to come between.
        os.sched_yield()
        os.write(screen, b"and good-bye\n")


# ── array ──
def array():
    # An Array brings a lock, but nothing keeps one from leaving it out.
    numbers = Array("i", [10] * 10)
    begin = time.monotonic()
    together(Process(target=foo, args=(numbers,)) for _ in range(10))
    took = time.monotonic() - begin
    assert numbers[0] == 0
    assert took >= 10 * SECOND, "each held the lock for a second"


def foo(numbers):
    with numbers.get_lock():
        numbers[0] -= 1
        time.sleep(1 * SECOND)
        say(f"say hi {numbers[0]}")


# ── fairness ──
class TicketLock:
    """Serve whoever comes first; threading.Lock promises no order."""

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
            with lock.changed:
                assert lock.changed.wait_for(
                    lambda: lock.next_ticket == number + 2, timeout=10
                )
    for thread in threads:
        thread.join()
    say(f"came and were served: {served}")
    assert served == list(range(10))

    assert contest("TicketLock", TicketLock()) > 0.9
    contest("threading.Lock", threading.Lock())


def be_served(number, lock, served):
    with lock:
        served.append(number)


SCENES = {
    "oversold": oversold,
    "sold-once": sold_once,
    "killed-holder": killed_holder,
    "screen": screen,
    "array": array,
    "fairness": fairness,
}

if __name__ == "__main__":
    set_start_method("fork")  # a child begins as a copy, as in Rust
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
