"""How long threading takes to start a thread and to join it, as threads.rs.

Each case is one line of JSON. An operation is one thread that does nothing.
"""

import json
import os
import resource
import time
from threading import Thread

THREADS = 2_000


def main():
    may_use = os.sched_getaffinity(0)
    for case, cores in [("spread", may_use), ("one core", {min(may_use)})]:
        # The threads that this one starts run where it runs.
        os.sched_setaffinity(0, cores)
        cpu, begin = cpu_seconds(), time.monotonic()
        for _ in range(THREADS):
            thread = Thread(target=int)
            thread.start()
            thread.join()
        seconds, cpu = time.monotonic() - begin, cpu_seconds() - cpu
        report(f"{case}/threading.Thread", seconds, cpu)


def report(bench, seconds, cpu):
    figures = {
        "bench": bench,
        "ops": THREADS,
        "seconds": seconds,
        "cpu_seconds": cpu,
    }
    print(json.dumps(figures), flush=True)


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
