"""Tasks a second through multiprocessing.JoinableQueue, as joinable_queue.rs.

Each case is one line of JSON. The time includes starting the processes, joining the
queue and ending them, as in Rust.
"""

import json
import resource
import time
from multiprocessing import get_context

ITEM = "apple 123456"
ITEMS = 100_000
# As in Rust: the children are forked.
CONTEXT = get_context("fork")


def main():
    for consumers in (1, 3):
        cpu, begin = cpu_seconds(), time.monotonic()
        pass_items(consumers)
        seconds = time.monotonic() - begin
        bench = f"1-to-{consumers}/multiprocessing.JoinableQueue"
        cpu = cpu_seconds() - cpu
        report(bench, ITEMS, seconds, cpu)


def pass_items(consumers):
    queue = CONTEXT.JoinableQueue()
    consumer = {"target": consume, "args": (queue,)}
    children = [CONTEXT.Process(**consumer) for _ in range(consumers)]
    producer = CONTEXT.Process(target=produce, args=(queue,))
    for child in [*children, producer]:
        child.start()
    producer.join()
    assert producer.exitcode == 0, f"the producer ended with {producer.exitcode}"
    for _ in children:
        queue.put(None)
    for child in children:
        child.join()


def produce(queue):
    for _ in range(ITEMS):
        queue.put(ITEM)
    queue.join()


def consume(queue):
    for _ in iter(queue.get, None):
        queue.task_done()


def report(bench, ops, seconds, cpu):
    figures = {"bench": bench, "ops": ops, "seconds": seconds, "cpu_seconds": cpu}
    print(json.dumps(figures), flush=True)


def cpu_seconds():
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    main()
