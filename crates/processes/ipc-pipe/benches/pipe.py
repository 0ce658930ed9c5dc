"""Round trips through multiprocessing.Pipe, as pipe.rs: texts and bytes.

Each side of a case is one line of JSON. Only the round trips are timed; the CPU time is
that of both processes.
"""

import json
import resource
import time
from multiprocessing import get_context

SIZES = {
    "64-B": (64, 20_000),
    "4-KiB": (4 << 10, 20_000),
    "1-MiB": (1 << 20, 200),
    "8-MiB": (8 << 20, 25),
}
# As in Rust: the child is forked.
CONTEXT = get_context("fork")


def main():
    for case, (size, trips) in SIZES.items():
        bench = f"{case}/multiprocessing.Pipe"
        measure(bench, "x" * size, trips, "send", "recv")
        measure(f"{bench}-bytes", b"x" * size, trips, "send_bytes", "recv_bytes")


def measure(bench, message, trips, send, recv):
    here, there = CONTEXT.Pipe()
    cpu = cpu_seconds()
    child = CONTEXT.Process(target=answer, args=(there, trips, send, recv))
    child.start()
    there.close()
    send, recv = getattr(here, send), getattr(here, recv)
    begin = time.monotonic()
    for _ in range(trips):
        send(message)
        assert len(recv()) == len(message)
    seconds = time.monotonic() - begin
    child.join()
    cpu = cpu_seconds() - cpu
    report(bench, trips, seconds, cpu)


def answer(there, trips, send, recv):
    send, recv = getattr(there, send), getattr(there, recv)
    for _ in range(trips):
        send(recv())


def report(bench, ops, seconds, cpu):
    figures = {"bench": bench, "ops": ops, "seconds": seconds, "cpu_seconds": cpu}
    print(json.dumps(figures), flush=True)


def cpu_seconds():
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    main()
