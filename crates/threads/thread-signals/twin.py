"""The scenes of thread-signals in Python: python3 twin.py timer"""

import os
import signal
import time
from argparse import ArgumentParser
from queue import SimpleQueue
from threading import (
    Barrier,
    BoundedSemaphore,
    Condition,
    Event,
    Lock,
    Thread,
    Timer,
    current_thread,
)

SECOND = float(os.environ.get("PACE", "0.1"))  # how long a note-second lasts
LONG = 20 * SECOND  # nothing here takes that long


def say(line):
    """Print with one write a line, so that lines of threads never mix."""
    os.write(1, f"{line}\n".encode())


# ── timer ──
def timer():
    main_spoke = Event()
    ran = []

    def task(x):
        now = time.monotonic()
        # On a busy machine main may need longer than the three seconds.
        main_first = main_spoke.wait(timeout=LONG)
        say(f"{x} runs")
        say(f"in thread {current_thread().name}")
        # A timer discards what its function returns.
        ran.append((now, main_first, current_thread().name))

    begin = time.monotonic()
    t = Timer(3 * SECOND, task, args=[10])
    t.name = "timer"
    t.start()
    say("main")
    main_spoke.set()
    t.join()
    [(now, main_first, name)] = ran
    assert main_first
    assert now - begin >= 3 * SECOND
    assert name == "timer"


# ── semaphore ──
def semaphore():
    lock = BoundedSemaphore(2)
    counting = Lock()
    num = 10
    inside = most = 0

    def func(i):
        nonlocal num, inside, most
        # The block gives the permit back however it ends. After a bare
        # acquire() an exception in here would keep it for ever.
        with lock:
            with counting:
                inside += 1
                most = max(most, inside)
                num -= 1
            time.sleep(SECOND)
            say(f"{num} {i}")
            with counting:
                inside -= 1

    threads = [Thread(target=func, args=(i,)) for i in range(10)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert most == 2

    outside = try_release(lock)
    say(f"release with no thread inside: {outside}")
    assert outside == "Semaphore released too many times"
    lock.acquire()
    # The semaphore only counts: this release is accepted, and gives back
    # the permit of the thread inside.
    one_inside = try_release(lock)
    say(f"release with one thread inside: {one_inside}")
    assert one_inside == "accepted"
    second = lock.acquire(blocking=False)
    third = lock.acquire(blocking=False)
    say(f"a third permit: {'given' if third else 'refused'}")
    assert second and third


def try_release(lock):
    try:
        lock.release()
    except ValueError as error:
        return str(error)
    return "accepted"


# ── traffic-light ──
def traffic_light():
    light = Event()  # not set, so red
    come, passed = Barrier(11), Barrier(11)  # the ten cars and main

    def func(i):
        say(i)
        come.wait()
        light.wait()
        say(i + 100)
        passed.wait()

    for i in range(10):
        # A daemon, so that a failure of main does not wait for it.
        Thread(target=func, args=(i,), daemon=True).start()
    come.wait()
    light.clear()
    time.sleep(SECOND)  # the note waits for a line from the keyboard
    assert passed.n_waiting == 0
    say("green")
    light.set()
    passed.wait(timeout=LONG)  # BrokenBarrierError if not all have passed


# ── ctrl-c ──
def ctrl_c():
    stop = Event()
    told = SimpleQueue()
    tools_are_away = False

    def work():
        nonlocal tools_are_away
        round = 0
        # A pause that Ctrl-C cuts short: after time.sleep() the worker
        # would stop a round later.
        while not stop.wait(SECOND):
            round += 1
            say(f"round {round}")
            told.put(round)
        say("puts its tools away")
        time.sleep(SECOND)
        tools_are_away = True

    # Python's own handler, which raises KeyboardInterrupt in the main
    # thread. A program that a shell starts in the background is without it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    worker = Thread(target=work)
    worker.start()
    interrupted = False
    try:
        for _ in range(3):
            told.get()
        say("main sends SIGINT, as Ctrl-C does")
        os.kill(os.getpid(), signal.SIGINT)
        worker.join(timeout=LONG)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        # Not in a handler: that may interrupt main inside the event, and
        # would then wait for a lock that main itself holds.
        stop.set()
    worker.join()
    assert interrupted
    assert tools_are_away


# ── notify-n ──
def notify_n():
    con = Condition()
    told = SimpleQueue()

    def func(i):
        say(i)
        with con:
            # It holds the lock until it waits, so no notification can come
            # too soon.
            told.put(i)
            con.wait()
            say(i + 100)
            told.put(i)

    def hear(count):
        return [told.get(timeout=LONG) for _ in range(count)]

    for i in range(10):
        # A daemon, so that a failure of main does not wait for it.
        Thread(target=func, args=(i,), daemon=True).start()
    came = hear(10)
    time.sleep(SECOND)  # the note waits for a number from the keyboard
    say("notify(3)")
    with con:
        con.notify(3)
    # Exactly three, and the first, is CPython's way: the documentation
    # warns that another implementation may wake more.
    assert set(hear(3)) == set(came[:3])
    time.sleep(SECOND)
    assert told.empty()
    say("notify_all()")
    with con:
        con.notify_all()
    assert len(hear(7)) == 7


# ── wait-for ──
def wait_for():
    basket = Condition()
    apples = 0
    questions = SimpleQueue()
    passed = None

    def enough():
        say(f"{apples} of 3 apples: {'eat' if apples == 3 else 'wait'}")
        questions.put(apples)
        return apples == 3

    def eat():
        nonlocal passed
        with basket:
            basket.wait_for(enough)
            passed = apples

    # A daemon, so that a failure of main does not wait for it.
    eater = Thread(target=eat, daemon=True)
    eater.start()
    asked = []
    while 3 not in asked:
        asked.append(questions.get(timeout=LONG))
        if asked[-1] < 3:
            time.sleep(SECOND)  # as long as it takes to pick an apple
        # The basket guards nothing by itself: it is left to the
        # programmer to touch the apples only with the lock held.
        with basket:
            apples += 1
            basket.notify()
    eater.join()
    assert asked == [0, 1, 2, 3]
    assert passed == 3

    begin = time.monotonic()
    with basket:
        came = basket.wait_for(lambda: apples == 100, timeout=SECOND)
    say(f"a hundred apples within a second: {'yes' if came else 'no'}")
    assert not came
    assert time.monotonic() - begin >= SECOND


# ── cancel ──
def cancel():
    said = []

    def hello(name):
        said.append((name, time.monotonic()))
        say("hello world")

    begin = time.monotonic()
    t = Timer(SECOND, hello, args=["hello"])
    t.start()
    never = Timer(12 * SECOND, hello, args=["never"])
    never.start()
    t.join()
    cancelled = time.monotonic()
    never.cancel()  # returns nothing, in time or not
    never.join()
    [(name, now)] = said
    assert name == "hello"
    assert now - begin >= SECOND
    assert time.monotonic() - cancelled < 10 * SECOND


# ── last-moment ──
TIMERS = 50
INTERVAL = 500e-6
STEP = 100e-6


def last_moment():
    meeting = Barrier(2)  # main, and the function of the timer
    ran = []

    def function():
        meeting.wait()
        meeting.wait()
        ran.append(True)

    late = Timer(SECOND, function)
    late.start()
    meeting.wait()
    # It does not say that it is too late. And is_set() says from now on
    # that the timer has finished, while its function still runs.
    answer = late.cancel()
    finished = late.finished.is_set()
    meeting.wait()
    late.join()
    say("the function was running when its timer was cancelled")
    assert (answer, finished, ran) == (None, True, [True])

    fired = 0
    patience = INTERVAL
    for i in range(TIMERS):
        runs = []
        due = Timer(INTERVAL, runs.append, args=[i])
        due.start()
        due.join(timeout=patience)
        due.cancel()
        # Only the end of its thread tells whether the function has run.
        due.join()
        assert len(runs) <= 1
        fired += len(runs)
        patience = max(0, patience - STEP) if runs else patience + STEP
    cancelled = TIMERS - fired
    say(
        f"of {TIMERS} timers {fired} fired"
        f" and {cancelled} were cancelled in time"
    )
    assert fired > 0
    assert cancelled > 0


SCENES = {
    "timer": timer,
    "semaphore": semaphore,
    "traffic-light": traffic_light,
    "ctrl-c": ctrl_c,
    "notify-n": notify_n,
    "wait-for": wait_for,
    "cancel": cancel,
    "last-moment": last_moment,
}

if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
