"""What the scenes of the twin read from, and what they count."""

import fcntl
import os
import resource
import select
import signal
import socket
import time
from collections import Counter
from dataclasses import dataclass
from termios import FIONREAD
from threading import Thread, get_native_id

SECOND = float(os.environ.get("PACE", "0.1"))  # how long a note-second lasts
PATIENCE = 10.0
FIRST = {"read": 0, "write": 1, "recvfrom": 2, "fcntl": 3, "rt_sigaction": 4}
STEPS = 1_000  # so many steps of work show that a thread does not wait asleep


def say(line):
    """Print with one write a line, so that lines of threads never mix."""
    os.write(1, f"{line}\n".encode())


class Kernel:
    """The system calls of a thread, counted."""

    def __init__(self):
        self.calls, self.copied, self.watched = Counter(), 0, 0

    def recv(self, source, size):
        self.calls["recvfrom"] += 1
        return self._copied(source.recv(size))

    def read(self, file, size):
        self.calls["read"] += 1
        return self._copied(os.read(file, size))

    def write(self, file, part):
        self.calls["write"] += 1
        count = os.write(file, part)
        self.copied += count
        return count

    def _copied(self, part):
        self.copied += len(part)
        return part

    def sendfile(self, to, file, count):
        self.calls["sendfile"] += 1
        return os.sendfile(to, file, None, count)

    def splice(self, origin, to, count):
        self.calls["splice"] += 1
        return os.splice(origin, to, count)

    def select(self, sources):
        self.calls["select"] += 1
        self.watched += len(sources)
        return [ready.fileno() for ready in select.select(sources, [], [])[0]]

    def poll(self, poll, registered):
        self.calls["poll"] += 1
        self.watched += registered
        return [number for number, _ in poll.poll()]

    def epoll(self):
        self.calls["epoll_create1"] += 1
        return select.epoll()

    def epoll_add(self, epoll, source, events):
        self.calls["epoll_ctl"] += 1
        self.watched += 1
        epoll.register(source, events)

    def epoll_wait(self, epoll):
        self.calls["epoll_wait"] += 1
        return [number for number, _ in epoll.poll()]


@dataclass
class Spent:
    """What a thread has spent."""

    calls: Counter
    copied: int
    watched: int
    voluntary: int
    involuntary: int
    cpu: float
    time: float

    def made(self):
        # Reads and writes first, as Rust's side tells them.
        order = sorted(self.calls.items(), key=lambda call: FIRST.get(call[0], 9))
        return ", ".join(f"{call} {times}" for call, times in order) or "none"

    def __str__(self):
        return (
            f"system calls: {self.made()}; sleeps: {self.voluntary}; "
            f"bytes copied: {self.copied}"
        )


class Meter:
    """Measures what this thread spends."""

    def __init__(self, kernel):
        self.kernel = kernel
        self.usage = resource.getrusage(resource.RUSAGE_THREAD)
        self.begin = time.monotonic()

    def end(self):
        usage, before = resource.getrusage(resource.RUSAGE_THREAD), self.usage
        return Spent(
            calls=self.kernel.calls,
            copied=self.kernel.copied,
            watched=self.kernel.watched,
            voluntary=usage.ru_nvcsw - before.ru_nvcsw,
            involuntary=usage.ru_nivcsw - before.ru_nivcsw,
            cpu=usage.ru_utime + usage.ru_stime - before.ru_utime - before.ru_stime,
            time=time.monotonic() - self.begin,
        )


class Work:
    """Useful work: the search for primes, one number a step."""

    def __init__(self):
        self.steps, self.primes, self.next = 0, 0, 1_000_000

    def step(self):
        number, factor = self.next, 2
        while factor * factor <= number and number % factor:
            factor += 1
        self.primes += factor * factor > number
        self.next += 1
        self.steps += 1


class Progress:
    """How a thread waits: asleep, or at work."""

    def __init__(self, work, works):
        self.tid, self.work, self.works = get_native_id(), work, works
        self.ended = False

    def wait_until_it_waits(self):
        deadline, before = time.monotonic() + PATIENCE, self.work.steps
        while not self.ended and time.monotonic() < deadline:
            # A thread that works sleeps as well, whenever another has Python's lock.
            if self.works and self.work.steps >= before + STEPS:
                return
            if not self.works and self.sleeps():
                return
            time.sleep(0.0001)

    def sleeps(self):
        with open(f"/proc/self/task/{self.tid}/stat", encoding="utf-8") as stat:
            return stat.read().rsplit(") ", 1)[1].startswith("S")


def measured(read, works=False):
    """Read from a slow source; return what it gave, what it took, and the steps."""
    kernel, work = Kernel(), Work()
    progress = Progress(work, works)
    source, peer = socket.socketpair()

    def send():
        time.sleep(2 * SECOND)
        progress.wait_until_it_waits()
        peer.sendall(b"hello")

    with source, peer:
        of_source = lambda: read(kernel, work, source)
        spent, result = beside(send, progress, kernel, of_source)
    return result, spent, work.steps


def measured_many(count, read):
    """Read from many slow sources; return what `read` gave, and what it took."""
    kernel, work = Kernel(), Work()
    progress = Progress(work, False)
    pairs = [socket.socketpair() for _ in range(count)]

    def send():
        for _, peer in reversed(pairs):
            progress.wait_until_it_waits()
            peer.sendall(b"!")

    sources = [source for source, _ in pairs]
    spent, result = beside(send, progress, kernel, lambda: read(kernel, sources))
    return result, spent


def beside(send, progress, kernel, read):
    sender = Thread(target=send)
    sender.start()
    try:
        meter = Meter(kernel)
        result = read()
        return meter.end(), result
    finally:
        progress.ended = True
        sender.join()


def sent_to_a_receiver(file, send):
    """Send a file to another thread; return what arrived, and what it took."""
    kernel, received = Kernel(), []
    to, origin = socket.socketpair()

    def receive():
        while part := origin.recv(1 << 16):
            received.append(part)

    receiver = Thread(target=receive)
    receiver.start()
    with to:
        meter = Meter(kernel)
        send(kernel, file, to)
        spent = meter.end()
    receiver.join()
    origin.close()
    os.close(file)
    return b"".join(received), spent


def file_of(content):
    file = os.memfd_create("file")
    os.pwrite(file, content, 0)
    return file


def wait_by_select(kernel, sources):
    return lambda: kernel.select(sources)


def wait_by_poll(kernel, sources):
    poll = select.poll()
    for source in sources:
        poll.register(source, select.POLLIN)
    # The object is Python's: poll(2) is handed all of them each time.
    return lambda: kernel.poll(poll, len(sources))


def wait_by_epoll(kernel, sources):
    epoll = kernel.epoll()
    for source in sources:
        kernel.epoll_add(epoll, source, select.EPOLLIN)
    return lambda: kernel.epoll_wait(epoll)


def send_signals(kernel, source, number):
    flags = fcntl.fcntl(source, fcntl.F_GETFL)
    fcntl.fcntl(source, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(source, fcntl.F_SETSIG, number)
    fcntl.fcntl(source, fcntl.F_SETFL, flags | os.O_ASYNC)
    kernel.calls["fcntl"] += 4


def unread(source):
    count = fcntl.ioctl(source, FIONREAD, bytes(4))
    return int.from_bytes(count, "little")


def signals_of_five(number):
    # Python's handler would run once for all that are pending: its part in C only
    # sets a flag. So they are held back and taken one by one.
    signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    source, peer = socket.socketpair()
    send_signals(Kernel(), source, number)
    for _ in range(5):
        peer.send(b"!")
    count = 0
    while signal.sigtimedwait({number}, 0):
        count += 1
    return count
