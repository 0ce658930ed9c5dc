"""What a lock costs in Python: alone, and with five threads, as thread_locks.rs.

Each case is one line of JSON. An operation is one acquire, decrement and release.
"""

import json
import resource
import time
from threading import Lock, RLock, Thread

OPS = 500_000
THREADS = 5


def main():
    report("uncontended/threading.Lock", lambda: alone(Lock()))
    report("re-entrant/threading.RLock", lambda: alone(RLock()))
    report("five-threads/threading.Lock", lambda: at_once(Lock()))
    report("five-threads/threading.RLock", lambda: at_once(RLock()))


def alone(lock, ops=OPS):
    n = 0
    for _ in range(ops):
        with lock:
            n -= 1


def at_once(lock):
    share = OPS // THREADS
    threads = [Thread(target=alone, args=(lock, share)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def report(bench, work):
    cpu, begin = cpu_seconds(), time.monotonic()
    work()
    seconds, cpu = time.monotonic() - begin, cpu_seconds() - cpu
    figures = {"bench": bench, "ops": OPS, "seconds": seconds, "cpu_seconds": cpu}
    print(json.dumps(figures), flush=True)


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
