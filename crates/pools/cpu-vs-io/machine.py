"""The machine as the predictions know it, and a job in each of the ways.

A job is a number of tasks, a task, and a callback; the last two are pairs: how
long to compute on a core of its own, and how long to wait, in seconds.
"""

import asyncio
import multiprocessing
import os
import time
from threading import Thread

NOTHING = (0.0, 0.0)
STEPS = 20_000
ROUNDS = 5

fork = multiprocessing.get_context("fork")


def compute(steps):
    result = 1
    for i in range(steps):
        result = (result * 69069 + i) & 0xFFFFFFFF
    return result


def timed(function, *args):
    begin = time.perf_counter()
    function(*args)
    return time.perf_counter() - begin


def shortest(function, *args, rounds=ROUNDS):
    return min(timed(function, *args) for _ in range(rounds))


class Machine:
    """What the ways cost here, and how fast a core is, and all of them."""

    def __init__(self):
        self.cores = len(os.sched_getaffinity(0))
        self.step = shortest(compute, STEPS, rounds=20) / STEPS
        self.costs = {way: self._cost(way) for way in WAYS}
        # Processes, since threads compute one at a time; long enough to be seen
        # beside their start-up.
        task = (20 * STEPS * self.step, 0.0)
        together = shortest(self.run, "processes", self.cores, task)
        together -= self.cores * self.costs["processes"][1]
        self.speed_up = max(1.0, min(self.cores * task[0] / together, self.cores))

    def _cost(self, way):
        tasks, wait = (16 if way == "processes" else 64), 0.005
        once = shortest(self.run, way, 0, NOTHING)
        each = max(0, shortest(self.run, way, tasks, NOTHING) - once) / tasks
        late = shortest(self.run, way, 1, (0.0, wait)) - once - each - wait
        return once, each, max(0, late)

    def __str__(self):
        each = {way: cost[1] * 1e6 for way, cost in self.costs.items()}
        return (
            f"{self.cores} cores compute {self.speed_up:.2f} times as fast as one; "
            f"to start: a thread {each['threads']:.0f} µs, "
            f"a process {each['processes']:.0f} µs, "
            f"a coroutine {each['coroutines']:.1f} µs"
        )

    def predict(self, way, tasks, task, callback=NOTHING):
        once, each, late = self.costs[way]
        computes, waits = task[0], task[1] and task[1] + late
        handles, after = callback[0], callback[1] and callback[1] + late
        if way == "serial":
            length = tasks * (computes + waits + handles + after)
        elif way == "processes":
            # min: no task, no time.
            at_once = max(min(tasks, 1), tasks / self.speed_up)
            length = at_once * computes + waits + tasks * (handles + after)
        else:
            # One computes at a time: threads have the GIL, coroutines one thread.
            length = tasks * (computes + handles) + waits + after
        return once + tasks * each + length

    def best(self, tasks, task):
        return min(WAYS, key=lambda way: self.predict(way, tasks, task))

    def run(self, way, tasks, task, callback=NOTHING):
        """Run the job, and return the sum of what was computed."""
        return WAYS[way](tasks, self._work(task), self._work(callback))

    def _work(self, task):
        return int(task[0] / self.step), task[1]


def block(work):
    steps, wait = work
    result = compute(steps)
    if wait:
        time.sleep(wait)
    return result


def serial(tasks, task, callback):
    return sum(block(task) + block(callback) for _ in range(tasks))


def threads(tasks, task, callback):
    results = []

    def body():
        results.append(block(task) + block(callback))

    started = [Thread(target=body) for _ in range(tasks)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    return sum(results)


def processes(tasks, task, callback):
    # What a process returns does not come back: a number that all share does.
    total = fork.Value("Q", 0)

    def body():
        result = block(task)
        with total.get_lock():
            total.value += result

    started = [fork.Process(target=body) for _ in range(tasks)]
    for process in started:
        process.start()
    handled = 0
    for process in started:
        process.join()
        assert process.exitcode == 0
        handled += block(callback)
    return total.value + handled


def coroutines(tasks, task, callback):
    async def suspend(work):
        steps, wait = work
        result = compute(steps)
        if wait:
            await asyncio.sleep(wait)
        return result

    async def both():
        return await suspend(task) + await suspend(callback)

    async def gather():
        return sum(await asyncio.gather(*(both() for _ in range(tasks))))

    return asyncio.run(gather())


# The simplest first: of two that take the same time, it is the best.
WAYS = {
    "serial": serial,
    "threads": threads,
    "processes": processes,
    "coroutines": coroutines,
}
