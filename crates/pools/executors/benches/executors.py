"""Empty tasks a second through Python's pools of four workers, as executors.rs.

Each case is one line of JSON. The time includes making the pool and shutting it down.
"""

import json
import resource
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

WORKERS = 4
# As in Rust: the processes are forked.
CONTEXT = get_context("fork")


def nothing(n):
    return n


def main():
    measure("submit/concurrent.futures threads", threads, submit, 20_000)
    measure("submit/concurrent.futures processes", processes, submit, 20_000)
    measure("submit/multiprocessing.Pool", CONTEXT.Pool, apply_async, 20_000)
    measure("callbacks/concurrent.futures threads", threads, callbacks, 20_000)
    measure("callbacks/concurrent.futures processes", processes, callbacks, 20_000)
    for chunk in (1, 16, 256):
        bench = f"map-{chunk}/concurrent.futures processes"
        measure(bench, processes, lambda pool, n, c=chunk: map_all(pool, n, c), 20_000)
    measure("map-1/concurrent.futures threads", threads, map_all, 20_000)


def threads(workers):
    return ThreadPoolExecutor(workers)


def processes(workers):
    return ProcessPoolExecutor(workers, mp_context=CONTEXT)


def submit(pool, tasks):
    for future in [pool.submit(nothing, n) for n in range(tasks)]:
        future.result()


def callbacks(pool, tasks):
    futures = [pool.submit(nothing, n) for n in range(tasks)]
    for future in futures:
        future.add_done_callback(lambda future: None)
    for future in futures:
        future.result()


def apply_async(pool, tasks):
    for result in [pool.apply_async(nothing, (n,)) for n in range(tasks)]:
        result.get()


def map_all(pool, tasks, chunksize=1):
    assert sum(1 for _ in pool.map(nothing, range(tasks), chunksize=chunksize)) == tasks


def measure(bench, make, run, tasks):
    cpu, begin = cpu_seconds(), time.monotonic()
    with make(WORKERS) as pool:
        run(pool, tasks)
        if hasattr(pool, "join"):
            pool.close()
            pool.join()
    seconds, cpu = time.monotonic() - begin, cpu_seconds() - cpu
    figures = {"bench": bench, "ops": tasks, "seconds": seconds, "cpu_seconds": cpu}
    print(json.dumps(figures), flush=True)


def cpu_seconds():
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    main()
