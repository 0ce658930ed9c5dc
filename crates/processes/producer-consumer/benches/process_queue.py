"""Items a second through multiprocessing.Queue, for the same cases as process_queue.rs.

Each case is one line of JSON. The time includes starting and joining the processes, as
in Rust.
"""

import json
import resource
import time
from multiprocessing import get_context

ITEM = "apple 123456"
ITEMS = 200_000
# As in Rust: the children are forked.
CONTEXT = get_context("fork")


def main():
    for consumers in (1, 3):
        cpu, begin = cpu_seconds(), time.monotonic()
        pass_items(consumers)
        seconds = time.monotonic() - begin
        bench = f"1-to-{consumers}/multiprocessing.Queue"
        cpu = cpu_seconds() - cpu
        report(bench, ITEMS, seconds, cpu)


def pass_items(consumers):
    queue, counts = CONTEXT.Queue(), CONTEXT.SimpleQueue()
    consumer = {"target": consume, "args": (queue, counts)}
    children = [CONTEXT.Process(**consumer) for _ in range(consumers)]
    children.append(CONTEXT.Process(target=produce, args=(queue, consumers)))
    for child in children:
        child.start()
    got = sum(counts.get() for _ in range(consumers))
    for child in children:
        child.join()
    assert got == ITEMS, f"{got} of {ITEMS} items arrived"


def produce(queue, consumers):
    for _ in range(ITEMS):
        queue.put(ITEM)
    for _ in range(consumers):
        queue.put(None)


def consume(queue, counts):
    counts.put(sum(1 for _ in iter(queue.get, None)))


def report(bench, ops, seconds, cpu):
    figures = {"bench": bench, "ops": ops, "seconds": seconds, "cpu_seconds": cpu}
    print(json.dumps(figures), flush=True)


def cpu_seconds():
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    main()
