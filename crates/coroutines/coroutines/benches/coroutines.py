"""What a task costs in Python, spawned and waited for: a hundred at a time, each of
which lets the others run once. asyncio's TaskGroup, and gevent, if it is installed.

Prints a line of JSON for each bench.
"""

import asyncio
import json
import sys
import time

TASKS, AT_A_TIME = 50_000, 100

try:
    import gevent
except ImportError:
    gevent = None


async def task():
    await asyncio.sleep(0)


def task_groups():
    async def group_of_tasks():
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_A_TIME):
                group.create_task(task())

    for _ in range(TASKS // AT_A_TIME):
        asyncio.run(group_of_tasks())


def greenlets():
    for _ in range(TASKS // AT_A_TIME):
        tasks = [gevent.spawn(gevent.sleep, 0) for _ in range(AT_A_TIME)]
        gevent.joinall(tasks, raise_error=True)


def bench(side, run):
    cpu, begin = time.process_time(), time.perf_counter()
    run()
    seconds, cpu_seconds = time.perf_counter() - begin, time.process_time() - cpu
    line = {"bench": f"task/{side}", "ops": TASKS}
    line |= {"seconds": seconds, "cpu_seconds": cpu_seconds}
    print(json.dumps(line), flush=True)


bench("python-asyncio", task_groups)
if gevent:
    bench("python-gevent", greenlets)
else:
    note = "coroutines.py: gevent is not installed, so it is not measured"
    print(note, file=sys.stderr)
