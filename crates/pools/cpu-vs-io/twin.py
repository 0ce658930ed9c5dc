"""The scenes of cpu-vs-io in Python: python3 twin.py compute"""

import os
import time
from argparse import ArgumentParser
from array import array
from threading import Barrier, Thread

from machine import WAYS, Machine, shortest

SECOND = float(os.environ.get("PACE", "0.1"))  # how long a note-second lasts


def say(line):
    """Print by one write, so that the lines of several processes never mix."""
    os.write(1, f"{line}\n".encode())


def predicted(name, seconds):
    say(f"{name:<24} {seconds * 1e3:8.2f} ms predicted")


def compared(name, guess, seconds):
    error = (seconds / guess - 1) * 100
    say(f"{name:<24} {seconds * 1e3:8.2f} ms measured: {error:+.0f} %")


def trials(machine, ways, job, turns):
    """Predict the job in each way, run it, and return the shortest runs and sums."""
    for way in ways:
        predicted(way, machine.predict(way, *job))
    times, sums = {way: float("inf") for way in ways}, {}
    for _ in range(turns):
        for way in ways:
            begin = time.perf_counter()
            sums[way] = machine.run(way, *job)
            times[way] = min(times[way], time.perf_counter() - begin)
    for way in ways:
        compared(way, machine.predict(way, *job), times[way])
    return times, sums


# ── compute ──
def compute():
    machine = Machine()
    say(machine)
    job = (4, (0.02, 0.0))
    ways = ["serial", "threads", "processes"]
    times, sums = trials(machine, ways, job, turns=5)
    for way in ways[1:]:
        say(f"{way}: {times['serial'] / times[way]:.2f} times as fast as serial")
    serial, processes = (
        machine.predict(way, 4, (4.0, 0.0)) for way in ("serial", "processes")
    )
    say(f"tasks of 4 s: processes predicted {serial / processes:.2f} times as fast")
    say("the note, in Python: threads 17.39 s, processes 6.48 s")
    assert len(set(sums.values())) == 1
    assert_one_core(lambda: machine.run("threads", *job))


def assert_one_core(run):
    """The GIL: one thread computes at a time, so they have one core at most."""
    begin, cpu = time.perf_counter(), time.process_time()
    run()
    assert time.process_time() - cpu <= 1.2 * (time.perf_counter() - begin)


# ── sleep ──
def sleep():
    machine = Machine()
    say(machine)
    five = 5 * 0.2 * SECOND
    times, _ = trials(machine, list(WAYS), (4, (0.0, five)), turns=1)
    say("the note, in Python: processes 5.16 s, threads 5.002 s")
    for way in ("threads", "processes", "coroutines"):
        assert times[way] >= five
        assert 2 * times[way] < times["serial"]
    each = {way: cost[1] for way, cost in machine.costs.items()}
    assert each["processes"] > 2 * each["threads"] > 2 * each["coroutines"]


# ── callbacks ──
def callbacks():
    machine = Machine()
    say(machine)
    ways = ["threads", "processes"]

    say("waiting; the note: threads 5 + 1 = 6, processes 5 + 4 * 1 = 9")
    one, five = 0.1 * SECOND, 0.5 * SECOND
    job = (4, (0.0, five), (0.0, one))
    times, _ = trials(machine, ways, job, turns=1)
    assert times["processes"] >= five + 4 * one
    assert times["threads"] < times["processes"]

    say("computing; the note: one lock 4 * 5 + 4 * 1 = 24, processes 5 + 4 * 1 = 9")
    job = (4, (0.02, 0.0), (0.004, 0.0))
    trials(machine, ways, job, turns=5)
    assert_one_core(lambda: machine.run("threads", *job))


# ── memory-bound ──
SIDE = 2048


def memory_bound():
    matrix = memoryview(array("Q", range(SIDE * SIDE)))
    say(f"{matrix.nbytes >> 20} MiB of numbers, added up")
    result = {}

    def along(begin, end):
        result[begin] = sum(matrix[begin * SIDE : end * SIDE])

    def across(begin, end):
        columns = (matrix[column::SIDE] for column in range(begin, end))
        result[begin] = sum(sum(column) for column in columns)

    def halves(add_up):
        other = Thread(target=add_up, args=(0, SIDE // 2))
        other.start()
        add_up(SIDE // 2, SIDE)
        other.join()

    def measure(function, *args):
        result.clear()
        seconds = shortest(function, *args, rounds=2)
        return seconds, sum(result.values())

    one_along, total = measure(along, 0, SIDE)
    say(f"{'1 thread along':<24} {one_along * 1e3:8.2f} ms measured")
    # Threads have the GIL: two are no faster than one.
    for name in ("1 thread across", "2 threads along", "2 threads across"):
        predicted(name, one_along)
    one_across, across_total = measure(across, 0, SIDE)
    two_along, _ = measure(halves, along)
    two_across, halves_total = measure(halves, across)
    compared("1 thread across", one_along, one_across)
    compared("2 threads along", one_along, two_along)
    compared("2 threads across", one_along, two_across)
    assert total == across_total == halves_total
    # Each number is an object for a moment, which costs more than the memory.
    assert two_across > one_along / 1.5


# ── false-sharing ──
def false_sharing():
    counts, turns = 20_000, 5
    in_one_line, apart = array("Q", [0, 0]), array("Q", [0] * 32)

    def count(counters, place):
        for _ in range(counts):
            counters[place] += 1

    def both(counters, places):
        start = Barrier(len(places))

        def body(place):
            start.wait()
            count(counters, place)

        threads = [Thread(target=body, args=(place,)) for place in places]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def one_thread():
        count(in_one_line, 0)
        count(in_one_line, 1)

    alone = shortest(one_thread)
    say(f"{'1 thread, one line':<24} {alone * 1e3:8.2f} ms measured")
    # Threads have the GIL: two are no faster than one.
    predicted("2 threads, two lines", alone)
    predicted("2 threads, one line", alone)
    cpu, times = [0.0, 0.0], [float("inf")] * 2
    for _ in range(turns):
        for i, (counters, places) in enumerate(
            [(apart, (0, 16)), (in_one_line, (0, 1))]
        ):
            begin = time.process_time()
            times[i] = min(times[i], shortest(both, counters, places, rounds=1))
            cpu[i] += time.process_time() - begin
    compared("2 threads, two lines", alone, times[0])
    compared("2 threads, one line", alone, times[1])
    say(f"one line: {cpu[1] / cpu[0]:.1f} times the CPU time of two lines")
    # One thread counts at a time, so no line is ever fought for.
    assert cpu[1] / cpu[0] < 1.5
    assert sum(apart) == sum(in_one_line) - 2 * counts * 5


# ── crossover ──
LENGTH = 0.001
TASKS = [256, 32, 8, 2, 1]
SHARES = [0.0, 0.5, 0.8, 0.95, 1.0]


def crossover():
    machine = Machine()
    say(machine)
    jobs = [(n, (LENGTH * (1 - s), LENGTH * s)) for n in TASKS for s in SHARES]
    best = [machine.best(*job) for job in jobs]
    say("predicted:")
    draw(best)
    fastest, close = [], 0
    for way, job in zip(best, jobs, strict=True):
        most = 2.5 * machine.predict(way, *job)
        ways = [way for way in WAYS if machine.predict(way, *job) <= most]
        rounds = 1 if job[0] > 32 else 3
        times = {
            way: shortest(machine.run, way, *job, rounds=rounds) for way in ways
        }
        fastest.append(min(times, key=times.get))
        close += times[way] <= 1.5 * min(times.values())
    say("measured:")
    draw(fastest)
    assert {"serial", "coroutines"} <= set(best)
    say(f"{close} of {len(jobs)} predicted ways took at most 1.5 times the fastest")
    assert 3 * close >= 2 * len(jobs)


def draw(words):
    for row, tasks in enumerate(TASKS):
        cells = words[row * len(SHARES) : (row + 1) * len(SHARES)]
        say(f"{tasks:>5} |" + "".join(f"{word:>11}" for word in cells))
    shares = "".join(f"{f'{share * 100:.0f} %':>11}" for share in SHARES)
    say(f"tasks |{shares} waiting")


SCENES = {
    "compute": compute,
    "sleep": sleep,
    "callbacks": callbacks,
    "memory-bound": memory_bound,
    "false-sharing": false_sharing,
    "crossover": crossover,
}

if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
