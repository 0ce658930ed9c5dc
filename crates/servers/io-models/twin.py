"""The scenes of io-models in Python: python3 twin.py blocking"""

import asyncio
import errno
import os
import select
import signal
import socket
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Process, Value
from threading import Thread, active_count

from twin_kit import (
    Kernel, Meter, Work, file_of, measured, measured_many, say, send_signals,
    sent_to_a_receiver, signals_of_five, unread, wait_by_epoll, wait_by_poll,
    wait_by_select,
)


# ── switches ──
READS, TURNS = 20, 50


def switches():
    def read(kernel, sources):
        for source in reversed(sources):
            kernel.recv(source, 1024)

    _, waits = measured_many(READS, read)
    say(f"waits: {waits.voluntary} by itself, {waits.involuntary} taken")
    assert waits.voluntary >= READS

    # The rival is a process: threads would take turns by Python's own lock.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    turns = Value("Q", 0)
    rival = Process(target=compete, args=(turns,), daemon=True)
    rival.start()
    meter, work = Meter(Kernel()), Work()
    while turns.value < TURNS:
        work.step()
    computes = meter.end()
    rival.terminate()
    rival.join()
    say(f"computes: {computes.voluntary} by itself, {computes.involuntary} taken")
    assert computes.involuntary >= 1
    assert computes.involuntary > computes.voluntary


def compete(turns):
    work = Work()
    while True:
        for _ in range(100):
            work.step()
        with turns.get_lock():
            turns.value += 1


# ── copies ──
SIZE = 1 << 20


def copies():
    read = told("read and write", by_read_and_write)
    sendfile = told("sendfile", by_sendfile)
    splice = told("splice", by_splice)
    assert read.copied == 2 * SIZE
    assert sendfile.copied + splice.copied == 0
    assert 2 * sum(sendfile.calls.values()) < sum(read.calls.values())


def by_read_and_write(kernel, file, to):
    while part := kernel.read(file, 64 << 10):
        while part:
            part = part[kernel.write(to.fileno(), part):]


def by_sendfile(kernel, file, to):
    while kernel.sendfile(to.fileno(), file, SIZE):
        pass


def by_splice(kernel, file, to):
    # splice needs a pipe at one end: from the file into it, and out of it.
    reader, writer = os.pipe()
    while held := kernel.splice(file, writer, SIZE):
        while held:
            held -= kernel.splice(reader, to.fileno(), held)
    os.close(reader)
    os.close(writer)


def told(name, send):
    content = bytes(range(256)) * (SIZE // 256)
    received, spent = sent_to_a_receiver(file_of(content), send)
    calls = sum(spent.calls.values())
    say(f"{name}: {calls} system calls, {spent.copied} bytes copied")
    assert received == content
    return spent


# ── page-cache ──
def page_cache():
    reader, writer = os.pipe()
    # Into a pipe, through the process; then the file is changed.
    file = file_of(b"old")
    os.write(writer, os.read(file, 3))
    os.pwrite(file, b"new", 0)
    through = os.read(reader, 3)
    say(f"through read and write: {through.decode()}")
    assert through == b"old"

    # Into the pipe by the kernel: it holds a reference to the page.
    file = file_of(b"old")
    os.splice(file, writer, 3)
    os.pwrite(file, b"new", 0)
    through = os.read(reader, 3)
    say(f"through splice: {through.decode()}")
    assert through == b"new"


# ── blocking ──
def blocking():
    message, spent, steps = measured(read_blocking)
    say(f"read: {message.decode()}")
    say(f"{spent}; steps of useful work: {steps}")
    assert message == b"hello"
    assert spent.calls == {"recvfrom": 1}
    assert spent.voluntary >= 1
    assert spent.cpu < spent.time / 20


def read_blocking(kernel, _work, source):
    return kernel.recv(source, 1024)


# ── non-blocking ──
def non_blocking():
    message, spent, steps = measured(read_non_blocking, works=True)
    say(f"read: {message.decode()}")
    say(f"{spent}; steps of useful work: {steps}")
    assert message == b"hello"
    assert steps >= 1_000
    assert spent.calls["recvfrom"] == steps + 1


def read_non_blocking(kernel, work, source):
    source.setblocking(False)
    while True:
        try:
            return kernel.recv(source, 1024)
        except BlockingIOError:
            work.step()


# ── multiplexing ──
SOURCES = 100


def multiplexing():
    by_select = handed_over("select", wait_by_select)
    by_poll = handed_over("poll", wait_by_poll)
    by_epoll = handed_over("epoll", wait_by_epoll)
    assert by_select > 10 * by_epoll and by_poll > 10 * by_epoll
    assert by_epoll == SOURCES


def handed_over(name, prepare):
    def read(kernel, sources):
        wait, done = prepare(kernel, sources), set()
        by_number = {source.fileno(): source for source in sources}
        while len(done) < len(sources):
            for number in wait():
                # It does not sleep: there is something to read.
                kernel.recv(by_number[number], 1024)
                done.add(number)
        return len(done)

    read_from, spent = measured_many(SOURCES, read)
    say(f"{name}: {spent.watched} descriptors handed over; {spent.made()}")
    assert read_from == SOURCES and spent.voluntary >= SOURCES / 2
    return spent.watched


# ── level-or-edge ──
WAYS = {0: 0, 1: select.EPOLLET, 2: select.EPOLLONESHOT}


def level_or_edge():
    source, peer = socket.socketpair()
    epolls = []
    for way in WAYS.values():
        epolls.append(select.epoll())
        epolls[-1].register(source, select.EPOLLIN | way)

    def look(when):
        reports = [bool(epoll.poll(0)) for epoll in epolls]
        level, edge, once = ("ready" if it else "-" for it in reports)
        say(f"{when}: level {level}, edge {edge}, one-shot {once}")
        return reports

    assert look("before") == [False] * 3
    peer.send(b"ab")
    assert look("two bytes arrive") == [True] * 3
    source.recv(1)
    level, edge, once = look("one of them is read")
    assert level and not edge
    peer.send(b"c")
    _, edge, still_once = look("a third byte arrives")
    assert edge and not once and not still_once
    epolls[2].modify(source, select.EPOLLIN | select.EPOLLONESHOT)
    assert look("rearmed")[2]
    source.recv(2)
    assert look("all is read") == [False] * 3


# ── signal-driven ──
def signal_driven():
    message, spent, steps = measured(read_by_signal, works=True)
    say(f"read: {message.decode()}")
    say(f"{spent}; steps of useful work: {steps}")
    assert message == b"hello"
    assert steps >= 1_000 and spent.calls["recvfrom"] == 2

    plain = signals_of_five(signal.SIGIO)
    queued = signals_of_five(signal.SIGRTMIN)
    say(f"five messages: SIGIO {plain}, real-time signal {queued}")
    assert (plain, queued) == (1, 5)


def read_by_signal(kernel, work, source):
    arrived = []
    # Python runs the handler between two instructions of its own, in the main
    # thread: it may do what it likes.
    signal.signal(signal.SIGRTMIN, lambda *_: arrived.append(True))
    kernel.calls["rt_sigaction"] += 1
    send_signals(kernel, source, signal.SIGRTMIN)
    source.setblocking(False)
    while True:
        seen = len(arrived)
        try:
            return kernel.recv(source, 1024)
        except BlockingIOError:
            pass
        while len(arrived) == seen:
            work.step()


# ── posix-aio ──
def posix_aio():
    more = []

    def read(kernel, work, source):
        # What glibc does, by hand: a thread of the process sleeps in the read.
        with ThreadPoolExecutor(1) as pool:
            before = active_count()
            future = pool.submit(source.recv, 1024)
            more.append(active_count() - before)
            while not future.done():
                work.step()
            message = future.result()
            kernel.copied += len(message)
            return message

    message, spent, steps = measured(read, works=True)
    say(f"read: {message.decode()}")
    say(f"{spent}; steps of useful work: {steps}")
    say(f"threads for one read: {more[0]}")
    assert message == b"hello"
    assert steps >= 1_000 and not spent.calls and more == [1]


# ── asynchronous ──
def asynchronous():
    def read(_kernel, work, source):
        return asyncio.run(read_and_work(work, source))

    message, _, steps = measured(read, works=True)
    say(f"read: {message.decode()}")
    assert message == b"hello" and steps >= 1_000


async def read_and_work(work, source):
    source.setblocking(False)
    loop = asyncio.get_running_loop()
    # "async" is the name of the syntax: below it is multiplexing.
    say(f"asyncio waits by {type(loop._selector).__name__}")
    read = asyncio.create_task(loop.sock_recv(source, 1024))
    while not read.done():
        work.step()
        # Each turn of the loop is a system call that looks for what is ready.
        await asyncio.sleep(0)
    return read.result()


# ── polled-ring ──
def polled_ring():
    def read(_kernel, work, source):
        source.setblocking(False)
        done, polls = [], []

        def poll():
            while not done:
                polls.append(1)
                try:
                    done.append(source.recv(1024))
                except BlockingIOError:
                    pass

        # A thread that looks all the time, but one of the process, not the kernel's.
        looks = Thread(target=poll)
        looks.start()
        while not done:
            work.step()
        looks.join()
        return done[0], len(polls)

    (message, polls), spent, steps = measured(read, works=True)
    say(f"read: {message.decode()}")
    say(f"{spent}; steps of useful work: {steps}")
    say(f"system calls of the thread that looks: {polls}")
    assert message == b"hello" and not spent.calls and polls > 1


# ── ready-or-done ──
def ready_or_done():
    source, peer = socket.socketpair()
    epolls = [select.epoll(), select.epoll()]
    for epoll in epolls:
        epoll.register(source, select.EPOLLIN)
    peer.send(b"hello")
    told_of = [len(epoll.poll()) for epoll in epolls]
    waiting = unread(source)
    say(f"epoll: ready, {waiting} bytes still in the kernel")
    assert told_of == [1, 1] and waiting == 5
    first = source.recv(1024, socket.MSG_DONTWAIT)
    try:
        source.recv(1024, socket.MSG_DONTWAIT)
    except BlockingIOError as error:
        told = f"the first reads {len(first)} bytes, the second none: would block"
        say(f"two are told: {told}")
        assert error.errno == errno.EAGAIN

    # Completion is a thread for each read; and a read under way cannot be cancelled.
    with ThreadPoolExecutor(2) as pool:
        reads = [pool.submit(source.recv, 1024) for _ in range(2)]
        peer.send(b"hello")
        while not any(read.done() for read in reads):
            pass
        done, other = sorted(reads, key=lambda read: not read.done())
        say(f"thread: done, {len(done.result())} bytes, {unread(source)} in the kernel")
        assert done.result() == b"hello" and not other.done()
        say(f"cancelled: {other.cancel()}")
        assert not other.done()
        peer.shutdown(socket.SHUT_WR)
        assert other.result() == b""


# ── compare ──
def compare():
    def by(wait):
        def read(kernel, _work, source):
            wait(kernel, [source])()
            return kernel.recv(source, 1024)

        return read

    models = {
        "blocking": read_blocking,
        "non-blocking": read_non_blocking,
        "select": by(wait_by_select),
        "poll": by(wait_by_poll),
        "epoll": by(wait_by_epoll),
        "signal-driven": read_by_signal,
    }
    works = {"non-blocking", "signal-driven"}
    say(f"{'model':13} {'calls':>7} {'sleeps':>7} {'copied':>7} {'steps':>9}")
    calls = {}
    for name, read in models.items():
        message, spent, steps = measured(read, works=name in works)
        calls[name] = sum(spent.calls.values())
        say(
            f"{name:13} {calls[name]:7} {spent.voluntary:7} {spent.copied:7} {steps:9}"
        )
        assert message == b"hello"
        assert steps >= 1_000 if name in works else steps == 0
    others = sum(calls.values()) - calls["non-blocking"]
    assert calls["non-blocking"] > 10 * others


SCENES = [
    switches, copies, page_cache, blocking, non_blocking, multiplexing, level_or_edge,
    signal_driven, posix_aio, asynchronous, polled_ring, ready_or_done, compare,
]

if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    names = {scene.__name__.replace("_", "-"): scene for scene in SCENES}
    parser.add_argument("scene", choices=names)
    names[parser.parse_args().scene]()
