"""Operations a second through multiprocessing.Manager, as manager.rs.

Each case is one line of JSON. Only the operations are timed; the CPU time is that of
clients and manager, without the time that they take to start and end.
"""

import json
import resource
import time
from multiprocessing import get_context

OPERATIONS = 10_000
# How many keys a client uses.
KEYS = 100
# As in Rust: the processes are forked.
CONTEXT = get_context("fork")


def main():
    for name in ("dict-insert", "dict-get", "list-append"):
        for clients in (1, 4):
            cpu = cpu_seconds()
            seconds = measure(name, clients, OPERATIONS)
            cpu = cpu_seconds() - cpu
            # Starting Python's manager and its clients takes longer than their work, so
            # that share is subtracted.
            idle = cpu_seconds()
            measure(name, clients, 0)
            cpu -= cpu_seconds() - idle
            bench = f"{name}-{clients}/multiprocessing.Manager"
            report(bench, OPERATIONS, seconds, cpu)


def measure(name, clients, operations):
    with CONTEXT.Manager() as manager:
        lines, children = [], []
        for client in range(clients):
            here, there = CONTEXT.Pipe()
            kept = manager.list() if name == "list-append" else manager.dict()
            arguments = (name, kept, client, operations // clients, there)
            children.append(CONTEXT.Process(target=ask, args=arguments))
            children[-1].start()
            there.close()
            here.recv()
            lines.append(here)
        begin = time.monotonic()
        for line in lines:
            line.send(None)
        for line in lines:
            line.recv()
        seconds = time.monotonic() - begin
        for child in children:
            child.join()
    return seconds


def ask(name, kept, client, operations, line):
    keys = [client * KEYS + key for key in range(KEYS)]
    if name == "list-append":
        operate = kept.append
    else:
        kept.update(dict.fromkeys(keys, 0))
        insert, get = kept.__setitem__, kept.__getitem__
        operations_by_name = {
            "dict-insert": lambda i: insert(keys[i % KEYS], i),
            "dict-get": lambda i: get(keys[i % KEYS]),
        }
        operate = operations_by_name[name]
    kept.__len__()
    line.send(None)
    line.recv()
    for i in range(operations):
        operate(i)
    line.send(None)


def report(bench, ops, seconds, cpu):
    figures = {"bench": bench, "ops": ops, "seconds": seconds, "cpu_seconds": cpu}
    print(json.dumps(figures), flush=True)


def cpu_seconds():
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    main()
