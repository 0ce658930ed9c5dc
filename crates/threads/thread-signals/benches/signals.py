"""What threading's BoundedSemaphore and Event cost, for the same cases as signals.rs.

Each case is one line of JSON.
"""

import json
import resource
import time
from threading import BoundedSemaphore, Event, Thread


def main():
    cases = [
        ("permit/threading.BoundedSemaphore", permit, 300_000),
        ("round-trip/threading.Event", round_trip, 20_000),
    ]
    for bench, work, ops in cases:
        cpu, begin = cpu_seconds(), time.monotonic()
        work(ops)
        seconds, cpu = time.monotonic() - begin, cpu_seconds() - cpu
        line = {"bench": bench, "ops": ops, "seconds": seconds, "cpu_seconds": cpu}
        print(json.dumps(line), flush=True)


def permit(ops):
    seats = BoundedSemaphore(2)
    for _ in range(ops):
        with seats:
            pass


def round_trip(ops):
    question, answer = Event(), Event()

    def replies():
        for _ in range(ops):
            question.wait()
            question.clear()
            answer.set()

    def asks():
        for _ in range(ops):
            question.set()
            answer.wait()
            answer.clear()

    threads = [Thread(target=replies), Thread(target=asks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
