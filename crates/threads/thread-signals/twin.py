"""The scenes of thread-signals in Python: python3 twin.py semaphore"""

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
LONG = 50 * SECOND  # nothing here takes that long


def say(line):
    """Print with one write a line, so that lines of threads never mix."""
    os.write(1, f"{line}\n".encode())


# ── semaphore ──
def semaphore():
    seats = BoundedSemaphore(2)
    counting = Lock()
    inside = most = 0

    def visit(number):
        nonlocal inside, most
        # The block gives the seat back however it ends. After a bare
        # acquire() an exception in here would keep it for ever.
        with seats:
            with counting:
                inside += 1
                most = max(most, inside)
            say(f"{number} comes in")
            time.sleep(SECOND)
            say(f"{number} goes")
            with counting:
                inside -= 1

    visitors = [Thread(target=visit, args=(number,)) for number in range(10)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert most == 2

    nobody_inside = try_release(seats)
    say(f"a release too many with nobody inside: {nobody_inside}")
    seats.acquire()
    # The semaphore counts releases, and does not know whose seat they
    # give back: this one takes away the seat of the one inside.
    one_inside = try_release(seats)
    say(f"a release too many with one inside: {one_inside}")
    crowd = 1
    while seats.acquire(blocking=False):
        crowd += 1
    say(f"then so many are inside the semaphore of 2: {crowd}")
    assert nobody_inside == "Semaphore released too many times"
    assert (one_inside, crowd) == ("accepted", 3)


def try_release(seats):
    try:
        seats.release()
    except ValueError as error:
        return str(error)
    return "accepted"


# ── traffic-light ──
def traffic_light():
    all_here = Barrier(11)  # for the ten cars, and for the main thread
    light = Event()  # not set, so red
    passed = []

    def drive(number):
        say(number)
        all_here.wait()
        light.wait()
        passed.append(number)
        say(number + 100)

    cars = [Thread(target=drive, args=(number,)) for number in range(10)]
    for car in cars:
        car.start()
    all_here.wait()
    time.sleep(SECOND)
    passed_on_red = len(passed)
    say("green")
    light.set()
    for car in cars:
        car.join()
    assert passed_on_red == 0
    assert sorted(passed) == list(range(10))


# ── notify-n ──
def notify_n():
    gate = Condition()
    heard = SimpleQueue()

    def tell(number):
        say(number)
        heard.put(number)

    def come(number):
        with gate:
            tell(number)
            # Until wait() gives the lock back, no other can come: so the
            # ten queue up in turn, and none is told before it waits.
            gate.wait()
            tell(number + 100)

    # Daemons, so that a failure of main does not wait for them for ever.
    threads = [
        Thread(target=come, args=(number,), daemon=True)
        for number in range(10)
    ]
    for thread in threads:
        thread.start()
        heard.get(timeout=LONG)
    # Here the note waits for somebody to type how many, and below again.
    time.sleep(SECOND)
    with gate:
        say(f"{len(threads)} wait: notify(3)")
        gate.notify(3)
    passed = sorted(heard.get(timeout=LONG) for _ in range(3))
    time.sleep(SECOND)
    with gate:
        more = heard.qsize()
        say("notify_all()")
        gate.notify_all()
    for thread in threads:
        thread.join()
    # That they are exactly three, and the first, is CPython's way: the
    # documentation warns that another implementation may wake more.
    assert (passed, more) == ([100, 101, 102], 0)
    assert heard.qsize() == 7


# ── wait-for ──
def wait_for():
    basket = Condition()
    apples = 0
    answers = SimpleQueue()
    passed_at = None

    def enough():
        say(f"{apples} of 3 apples: {'eat' if apples == 3 else 'wait'}")
        answers.put(apples)
        return apples == 3

    def eat():
        nonlocal passed_at
        with basket:
            basket.wait_for(enough)
            passed_at = apples

    # A daemon, so that a failure of main does not wait for it for ever.
    eater = Thread(target=eat, daemon=True)
    eater.start()
    asked = [answers.get(timeout=LONG)]
    while asked[-1] < 3:
        time.sleep(SECOND)  # as long as it takes to pick an apple
        # The basket guards nothing by itself: it is left to the
        # programmer to touch the apples only with the lock held.
        with basket:
            apples += 1
            basket.notify()
        asked.append(answers.get(timeout=LONG))
    eater.join()
    assert asked == [0, 1, 2, 3]
    assert passed_at == 3

    begin = time.monotonic()
    with basket:
        came = basket.wait_for(lambda: apples == 100, timeout=SECOND)
    say(f"a hundred apples within 1 u: {'yes' if came else 'no'}")
    assert not came and time.monotonic() - begin >= SECOND


# ── timer ──
def timer():
    never = Timer(100 * SECOND, say, args=["this is never said"])
    never.start()
    main_spoke = Event()
    ran = []

    def task(x):
        now = time.monotonic()
        # On a busy machine main may need longer than 3 u to get so far.
        main_first = main_spoke.wait(timeout=LONG)
        say(f"{x} runs")
        say(f"in thread {current_thread().name}")
        ran.append((now, main_first, current_thread().name))

    begin = time.monotonic()
    bell = Timer(3 * SECOND, task, args=[10])
    bell.name = "timer"
    bell.start()
    say("main")
    main_spoke.set()
    bell.join()
    cancelled = time.monotonic()
    never.cancel()
    never.join()
    waited = time.monotonic() - cancelled
    [(now, main_first, name)] = ran
    assert main_first
    assert now - begin >= 3 * SECOND
    assert name == "timer"
    assert waited < LONG


# ── last-moment ──
TIMERS = 25
INTERVAL = 500e-6
STEP = 40e-6


def last_moment():
    fired = 0
    for number in range(TIMERS):
        runs = []
        due = Timer(INTERVAL, runs.append, args=[number])
        due.start()
        due.join(timeout=INTERVAL + number * STEP)
        # It does not say whether it was in time: the function may have
        # run, or may be about to. Who must know waits for the end.
        due.cancel()
        due.join()
        assert len(runs) <= 1
        fired += len(runs)
    say(
        f"of {TIMERS} timers {fired} fired"
        f" and {TIMERS - fired} were cancelled in time"
    )


# ── ctrl-c ──
def ctrl_c():
    stop = Event()
    told = SimpleQueue()
    rounds = 0

    def work():
        nonlocal rounds
        # A pause that Ctrl-C cuts short: after time.sleep() the worker
        # would stop a round later.
        while not stop.wait(SECOND):
            rounds += 1
            say(f"round {rounds}")
            told.put(rounds)
        say("puts its tools away")

    # Python's own handler, which raises KeyboardInterrupt in the main thread.
    # A program that a shell has started in the background is without it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    worker = Thread(target=work)
    worker.start()
    sent = interrupted = False
    try:
        for _ in range(3):
            told.get()
        sent = True
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
    # Somebody at the keyboard may have been quicker.
    assert rounds >= 3 or not sent


SCENES = {
    "semaphore": semaphore,
    "traffic-light": traffic_light,
    "notify-n": notify_n,
    "wait-for": wait_for,
    "timer": timer,
    "last-moment": last_moment,
    "ctrl-c": ctrl_c,
}

if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
