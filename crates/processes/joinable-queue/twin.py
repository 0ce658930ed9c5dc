"""The scenes of joinable-queue in Python: python3 twin.py apples"""

import os
import queue
import random
import signal
import time
from argparse import ArgumentParser
from multiprocessing import Event, JoinableQueue, Process, SimpleQueue
from multiprocessing import set_start_method
from threading import Thread

# How long a second of the notes lasts.
SECOND = float(os.environ.get("PACE", "0.1"))
SEED = int(os.environ.get("SEED", "1"))


def say(line):
    """Print a line with one write, so that no two lines ever mix."""
    os.write(1, f"{line}\n".encode())


# ── apples ──
def harvest(apples):
    rng = random.Random(f"{SEED} producer")
    for apple in range(10):
        time.sleep(rng.random() * SECOND)
        say(f"+++apple {apple}")
        apples.put(apple)
    apples.join()


def eat(name, apples, eaten):
    rng = random.Random(f"{SEED} {name}")
    while True:
        apple = apples.get()
        time.sleep(rng.uniform(1, 2) * SECOND)
        say(f"{name}--apple {apple}")
        eaten.put(apple)
        apples.task_done()


def apples():
    say(f"── seed {SEED}")
    apples, eaten = JoinableQueue(), SimpleQueue()
    producer = Process(target=harvest, args=(apples,), daemon=True)
    consumers = [
        Process(target=eat, args=(name, apples, eaten), daemon=True)
        for name in ("x", "y", "z")
    ]
    for process in (producer, *consumers):
        process.start()
    producer.join()

    # It has joined the queue, so each of the ten apples was eaten once.
    assert producer.exitcode == 0
    assert sorted(drain(eaten)) == list(range(10))
    # They wait for an eleventh apple, and are terminated as this ends.
    assert all(consumer.is_alive() for consumer in consumers)


def drain(pipe):
    while not pipe.empty():
        yield pipe.get()


# ── killed-consumer ──
def bite(apples, has_begun):
    apple = apples.get()
    say(f"x bites into apple {apple}")
    has_begun.set()
    signal.pause()


def eat_until_told(name, apples, is_dead):
    is_dead.wait()
    for apple in iter(apples.get, None):
        time.sleep(SECOND)
        say(f"{name} eats apple {apple}")
        apples.task_done()
    apples.task_done()  # the stop value was put, so it counts as well


def killed_consumer():
    apples, has_begun, is_dead = JoinableQueue(), Event(), Event()
    x = Process(target=bite, args=(apples, has_begun), daemon=True)
    others = [
        Process(
            target=eat_until_told, args=(name, apples, is_dead), daemon=True
        )
        for name in ("y", "z")
    ]
    # All are forked before the first put, which starts a thread.
    for process in (x, *others):
        process.start()
    for apple in range(3):
        apples.put(apple)
    has_begun.wait()
    x.kill()
    x.join()
    assert x.exitcode == -signal.SIGKILL
    # Apple 0 is gone, and the queue does not know it.
    assert apples.qsize() == 2
    is_dead.set()

    for _ in others:
        apples.put(None)
    for process in others:
        process.join()
        assert process.exitcode == 0
    # No process is left that could say that apple 0 is done, and join has no
    # timeout. So it waits in a daemon thread, which need not end.
    joiner = Thread(target=apples.join, daemon=True)
    joiner.start()
    joiner.join(timeout=SECOND)
    assert joiner.is_alive()
    assert apples.empty()
    say("apple 0 is lost, and join waits for ever")


# ── too-many-done ──
def finish_for_parent(apples, asked):
    asked.wait()
    apples.task_done()


def too_many_done():
    apples, asked = JoinableQueue(), Event()
    child = Process(
        target=finish_for_parent, args=(apples, asked), daemon=True
    )
    child.start()
    apples.put(1)
    apples.put(2)
    say(f"main: got apple {apples.get()}")
    apples.task_done()
    say("main: apple 1 is done")

    # Apple 2 still waits. But the queue only counts how many are done.
    apples.task_done()
    apples.join()
    assert apples.qsize() == 1
    say("main: apple 1 is done again, and the queue is joined")
    say(f"main: got apple {apples.get()}, too late")
    try:
        apples.task_done()
    except ValueError as error:
        say(f"main: {error}")
    else:
        raise AssertionError("three are done of two")

    apples.put(3)
    say(f"main: got apple {apples.get()}")
    asked.set()
    child.join()
    assert child.exitcode == 0
    apples.join()
    say("main: a child has said that apple 3 is done")


# ── threads ──
def threads():
    say(f"── seed {SEED}")
    # With the methods of JoinableQueue, so harvest and eat are the same.
    apples, eaten = queue.Queue(), queue.SimpleQueue()
    for name in ("x", "y", "z"):
        args = (name, apples, eaten)
        Thread(target=eat, args=args, daemon=True).start()
    producer = Thread(target=harvest, args=(apples,), daemon=True)
    producer.start()
    producer.join()
    assert sorted(drain(eaten)) == list(range(10))


SCENES = {
    "apples": apples,
    "killed-consumer": killed_consumer,
    "too-many-done": too_many_done,
    "threads": threads,
}

if __name__ == "__main__":
    set_start_method("fork")
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
