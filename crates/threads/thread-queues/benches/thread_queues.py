"""Items a second through queue.Queue and its kin, as thread_queues.rs.

Each case is one line of JSON. The time includes starting and joining the threads.
"""

import json
import os
import resource
import time
from queue import LifoQueue, PriorityQueue, Queue
from threading import Thread

BOUND = 100
ITEMS = 60_000


def main():
    may_use = os.sched_getaffinity(0)
    for threads, cores in [
        (1, may_use),
        (4, may_use),
        (1, {min(may_use)}),
        (4, {min(may_use)}),
    ]:
        # The threads that this one starts run where it runs.
        os.sched_setaffinity(0, cores)
        place = ", one core" if cores != may_use else ""
        for kind in (Queue, LifoQueue, PriorityQueue):
            cpu, begin = cpu_seconds(), time.monotonic()
            pass_items(kind(BOUND), threads)
            seconds, cpu = time.monotonic() - begin, cpu_seconds() - cpu
            bench = f"{threads} to {threads}{place}/queue.{kind.__name__}"
            report(bench, ITEMS, seconds, cpu)


def pass_items(queue, threads):
    share = ITEMS // threads
    got = []

    def produce():
        for item in range(share):
            queue.put(item)

    def consume():
        for _ in range(share):
            queue.get()
        got.append(share)

    works = [Thread(target=work) for work in [produce, consume] * threads]
    for work in works:
        work.start()
    for work in works:
        work.join()
    assert sum(got) == ITEMS


def report(bench, ops, seconds, cpu):
    figures = {"bench": bench, "ops": ops, "seconds": seconds, "cpu_seconds": cpu}
    print(json.dumps(figures), flush=True)


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
