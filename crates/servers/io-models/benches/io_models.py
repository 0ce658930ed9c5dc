"""A message that is there, read by recv, by poll and recv, and by epoll and recv, as
io_models.rs.

Each case is one line of JSON.
"""

import json
import resource
import select
import socket
import time

MESSAGE = bytes([7]) * 64
SOURCES = 100
ROUNDS = 50_000


def main():
    source, peer = socket.socketpair()
    poll, epoll = select.poll(), select.epoll()
    poll.register(source, select.POLLIN)
    epoll.register(source, select.EPOLLIN)
    for name, wait in ("recv", None), ("poll, recv", poll), ("epoll, recv", epoll):
        cpu, begin = cpu_seconds(), time.monotonic()
        for _ in range(ROUNDS):
            peer.send(MESSAGE)
            if wait:
                wait.poll()
            assert len(source.recv(1024)) == len(MESSAGE)
        report(f"one message/Python: {name}", ROUNDS, begin, cpu)

    pairs = [socket.socketpair() for _ in range(SOURCES)]
    epoll, by_number = select.epoll(), {}
    for source, _ in pairs:
        epoll.register(source, select.EPOLLIN)
        by_number[source.fileno()] = source
    cpu, begin = cpu_seconds(), time.monotonic()
    for _ in range(ROUNDS // SOURCES):
        for _, peer in pairs:
            peer.send(MESSAGE)
        read = 0
        while read < SOURCES:
            for number, _ in epoll.poll():
                assert len(by_number[number].recv(1024)) == len(MESSAGE)
                read += 1
    report("a hundred sources/Python: epoll, recv", ROUNDS, begin, cpu)


def report(bench, ops, begin, cpu):
    figures = {
        "bench": bench,
        "ops": ops,
        "seconds": time.monotonic() - begin,
        "cpu_seconds": cpu_seconds() - cpu,
    }
    print(json.dumps(figures), flush=True)


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
