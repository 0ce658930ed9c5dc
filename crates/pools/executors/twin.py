"""The scenes of executors in Python: python3 twin.py apply"""

import os
import random
import signal
import threading
from argparse import ArgumentParser
from concurrent.futures import CancelledError, ProcessPoolExecutor
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import Pool, current_process, set_start_method

from pace import clock, sleep
from schedules import look_and_act

SEED = int(os.environ.get("SEED", "1"))


def say(line):
    """Print a line with one write, so that no two lines ever mix."""
    os.write(1, f"{line}\n".encode())


def refused(error, call, *args, **kwargs):
    """Return whether the call raises this error."""
    try:
        call(*args, **kwargs)
    except error:
        return True
    return False


# ── waiting-each-is-serial ──
def slow_square(n):
    say(f"{os.getpid()} run..")
    sleep(n / 10)
    return n * n


def waiting_each_is_serial():
    serial = sum(n / 10 for n in range(1, 11))
    with ProcessPoolExecutor(4) as pool:
        begin = clock()
        for n in range(1, 11):
            future = pool.submit(slow_square, n)
            say(future.result())
        assert clock() - begin >= serial

        begin = clock()
        futures = [pool.submit(slow_square, n) for n in range(1, 11)]
        results = [future.result() for future in futures]
        assert clock() - begin < 0.8 * serial
    say(results)
    assert results == [n * n for n in range(1, 11)]


# ── results-in-order ──
def named_square(i):
    say(f"{current_process().name} runs task {i}")
    sleep(1)
    return i * i


def results_in_order():
    pool = ProcessPoolExecutor(4)
    begin = clock()
    futures = [pool.submit(named_square, i) for i in range(20)]
    pool.shutdown(wait=True)
    took = clock() - begin
    assert all(future.done() for future in futures)
    results = [future.result() for future in futures]
    for result in results:
        say(result)
    assert results == [i * i for i in range(20)]
    assert 5 <= took < 20


# ── who-calls-back ──
def lane():
    """Return the name of this process, or of its thread if it has several."""
    process, thread = current_process().name, threading.current_thread().name
    return thread if process == "MainProcess" else process


def square_and_lane(i):
    sleep(0.2)
    return lane(), i * i


def parse_when_done(future, pool, lanes):
    def parse(future):
        ran, square = future.result()
        by = "its worker" if lane() == ran else "main"
        say(f"{pool}: {by} got the result {square}")
        lanes.append((ran, lane(), os.getpid()))

    future.add_done_callback(parse)


def who_calls_back():
    lanes = []
    with ProcessPoolExecutor(4) as pool:
        for i in range(20):
            parse_when_done(pool.submit(square_and_lane, i), "processes", lanes)
    # In the parent, but in a thread of the pool, not in the one that submits.
    assert len(lanes) == 20
    assert all(ran != name != "MainThread" for ran, name, _ in lanes)
    assert all(pid == os.getpid() for _, _, pid in lanes)

    lanes = []
    added = threading.Event()

    def task(i):
        added.wait()
        return square_and_lane(i)

    with ThreadPoolExecutor(4) as pool:
        for i in range(20):
            parse_when_done(pool.submit(task, i), "threads", lanes)
        added.set()
    assert len(lanes) == 20
    assert all(ran == name != "MainThread" for ran, name, _ in lanes)

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(square_and_lane, 7)
    parse_when_done(future, "done", lanes)
    assert lanes[-1][1] == "MainThread"


# ── screws ──
def make(screw, seconds):
    sleep(seconds)
    return screw


def screws():
    say(f"── seed {SEED}")
    rng = random.Random(SEED)
    times = [rng.random() for _ in range(50)]
    pool = ProcessPoolExecutor(4)
    # A generator; but all fifty tasks have been submitted when it is made.
    made = list(pool.map(make, range(50), times))
    for ten in range(0, 50, 10):
        say(f"map: {made[ten:ten + 10]}")
    assert made == list(range(50))

    as_made = []
    for screw, seconds in enumerate(times):
        future = pool.submit(make, screw, seconds)
        future.add_done_callback(lambda future: as_made.append(future.result()))
    pool.shutdown()
    say("all screws are made")
    assert as_made != sorted(as_made)
    assert sorted(as_made) == list(range(50))


# ── cancel ──
def cancel():
    begun, go_on = threading.Event(), threading.Event()

    def task():
        begun.set()
        go_on.wait()
        return 1

    with ThreadPoolExecutor(1) as pool:
        runs, waits = pool.submit(task), pool.submit(lambda: 2)
        begun.wait()
        running, pending = runs.cancel(), waits.cancel()
        go_on.set()
    told = f"the running task {running}, the pending one {pending}"
    say(f"cancelled: {told.lower()}")
    assert not running and runs.result() == 1
    assert pending and waits.cancelled()
    assert refused(CancelledError, waits.result)

    schedules, failures = look_and_act()
    say(f"look, then act: {schedules} schedules, {failures} fail")
    assert (schedules, failures) == (6, 4)
    # A lock in each future makes it one decision.
    failures = 0
    for _ in range(200):
        ran = []
        with ThreadPoolExecutor(1) as pool:
            cancelled = pool.submit(ran.append, 1).cancel()
        failures += bool(ran) == cancelled
    say(f"one decision: {failures} fail")
    assert failures == 0


# ── apply ──
def thre(dd):
    sleep(1)
    say(f"the process: {os.getpid()}")
    return dd + 100


def apply():
    with Pool(3) as pool:
        begin = clock()
        results = [pool.apply(thre, (i,)) for i in range(10)]
        took = clock() - begin
    say(results)
    assert took >= 10
    assert results == list(range(100, 110))


# ── apply-async ──
def apply_async():
    called = []

    def g(c):
        say(f"haha {c} {os.getpid()}")
        called.append((c, os.getpid()))

    pool = Pool(3)
    say(f"main: {os.getpid()}")
    begin = clock()
    for i in range(10):
        pool.apply_async(func=thre, args=(i,), callback=g)
    assert refused(ValueError, pool.join)  # Close before join.
    pool.close()
    pool.join()
    took = clock() - begin
    assert sorted(c for c, _ in called) == list(range(100, 110))
    assert all(pid == os.getpid() for _, pid in called)
    assert 4 <= took < 10
    assert refused(ValueError, pool.apply_async, func=thre, args=(10,))


# ── four-workers ──
def slept(n):
    sleep(n)
    say(f"{os.getpid()} has slept {n}")
    return os.getpid()


def four_workers():
    pool = ProcessPoolExecutor(4)
    begin = clock()
    futures = [pool.submit(slept, n) for n in range(1, 11)]
    submitted = clock() - begin
    say("main")
    pids = {future.result() for future in futures}
    assert submitted < (clock() - begin) / 2
    assert len(pids) <= 4 and os.getpid() not in pids
    pool.shutdown()


# ── broken-worker ──
def perhaps_killed(n):
    sleep(0.2)
    if n == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return n * n


def broken_worker():
    pool = ProcessPoolExecutor(3)
    futures = [pool.submit(perhaps_killed, n) for n in range(10)]
    failed = []
    for n, future in enumerate(futures):
        try:
            say(f"task {n}: {future.result()}")
        except BrokenProcessPool:
            say(f"task {n}: the pool is broken")
            failed.append(n)
    assert 4 in failed and len(failed) > 1
    assert refused(BrokenProcessPool, pool.submit, perhaps_killed, 0)
    say("the pool takes no more tasks")
    pool.shutdown()


# ── shutdown-then-results ──
def five_seconds(n):
    say(f"{os.getpid()} run..")
    sleep(5)
    return n * n


def parse(result):
    sleep(1)
    say(result)
    return result


def shutdown_then_results():
    pool = ProcessPoolExecutor(4)
    begin = clock()
    futures = [pool.submit(five_seconds, n) for n in range(1, 11)]
    pool.shutdown(wait=True)
    assert 15 <= clock() - begin < 40

    begin = clock()
    handled = [parse(future.result()) for future in futures]
    assert clock() - begin >= 10
    assert handled == [n * n for n in range(1, 11)]


# ── tight-coupling ──
def make_and_handle(n):
    sleep(5)
    return handle(n * n)


def handle(result):
    sleep(1)
    say(f"a worker handled {result}")
    return os.getpid()


def tight_coupling():
    pool = ProcessPoolExecutor(4)
    begin = clock()
    futures = [pool.submit(make_and_handle, n) for n in range(1, 11)]
    pool.shutdown(wait=True)
    took = clock() - begin
    assert all(future.result() != os.getpid() for future in futures)
    assert 18 <= took < 48


# ── callback-as-completed ──
def quiet_five_seconds(n):
    sleep(5)
    return n * n


def callback_as_completed():
    handled = []

    def parse(future):
        sleep(1)
        say(f"main handled {future.result()}")
        handled.append((os.getpid(), clock() - begin))

    pool = ProcessPoolExecutor(4)
    begin = clock()
    for n in range(1, 11):
        pool.submit(quiet_five_seconds, n).add_done_callback(parse)
    pool.shutdown(wait=True)
    took = clock() - begin
    assert [pid for pid, _ in handled] == [os.getpid()] * 10
    assert handled[0][1] < took / 2
    assert 17 <= took < 48


# ── threads-or-processes ──
def run(pool, name):
    def parse(future):
        sleep(1)
        say(f"{name}: handled {future.result()}")

    begin = clock()
    for n in range(1, 5):
        pool.submit(quiet_five_seconds, n).add_done_callback(parse)
    pool.shutdown(wait=True)
    return clock() - begin


def threads_or_processes():
    by_processes = run(ProcessPoolExecutor(4), "processes")
    assert by_processes >= 9
    by_threads = run(ThreadPoolExecutor(4), "threads")
    assert by_threads >= 6
    assert by_threads < by_processes
    # Five times as many threads as cores was the default until Python 3.7.
    assert ProcessPoolExecutor()._max_workers == os.cpu_count()
    assert ThreadPoolExecutor()._max_workers == min(32, os.cpu_count() + 4)


# ── terminate ──
def f1(arg):
    sleep(1)
    say(arg)
    return arg


def terminate():
    pool = Pool(5)
    results = [pool.apply_async(func=f1, args=(i,)) for i in range(30)]
    sleep(1.5)
    pool.terminate()
    pool.join()
    say("end")
    # Without a timeout `get` would wait for ever.
    assert sum(not result.ready() for result in results) >= 15


SCENES = (
    waiting_each_is_serial, results_in_order, who_calls_back, screws, cancel, apply,
    apply_async, four_workers, broken_worker, shutdown_then_results, tight_coupling,
    callback_as_completed, threads_or_processes, terminate,
)
SCENES = {scene.__name__.replace("_", "-"): scene for scene in SCENES}

if __name__ == "__main__":
    set_start_method("fork")
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
