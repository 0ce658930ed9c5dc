"""The scenes of producer-consumer in Python: python3 twin.py sentinel"""

import asyncio
import os
import queue
import random
import time
from argparse import ArgumentParser
from multiprocessing import Pipe, Process, Queue, SimpleQueue
from multiprocessing import set_start_method
from threading import Thread

# How long a second of the notes lasts.
SECOND = float(os.environ.get("PACE", "0.1"))
SEED = int(os.environ.get("SEED", "1"))


def say(line):
    """Print a line with one write, so that no two lines ever mix."""
    os.write(1, f"{line}\n".encode())


def drain(pipe):
    while not pipe.empty():
        yield pipe.get()


# ── methods ──
def get_when_asked(fruit, main):
    for _ in range(3):
        main.recv()
        say(f"other: {fruit.get()}")
        main.send("got it")


def methods():
    fruit, (other, main) = Queue(maxsize=2), Pipe()
    # Forked before the first put, which starts a thread.
    process = Process(target=get_when_asked, args=(fruit, main), daemon=True)
    process.start()

    def get_elsewhere():
        other.send("get one")
        other.recv()

    fruit.put("apple")
    fruit.put("pear")
    full = str(fruit.full()).lower()
    say(f"{fruit.qsize()} of 2 places are taken, full: {full}")
    raised(queue.Full, lambda: fruit.put_nowait("plum"))
    waited = raised(queue.Full, lambda: fruit.put("plum", timeout=SECOND))
    assert waited >= SECOND

    was_full = fruit.full()
    seen = f"seen: {fruit.qsize()} items, full: {str(was_full).lower()}"
    get_elsewhere()
    say(f"{seen}; meanwhile another process has got one")
    assert was_full
    fruit.put_nowait("plum")  # or it raises Full

    # put has given the fruit to a thread, which may not have sent it yet.
    while fruit.empty():
        os.sched_yield()
    was_empty = fruit.empty()
    get_elsewhere()
    get_elsewhere()
    seen = f"seen: empty: {str(was_empty).lower()}"
    say(f"{seen}; meanwhile it has got the others")
    assert not was_empty
    raised(queue.Empty, fruit.get_nowait)
    waited = raised(queue.Empty, lambda: fruit.get(timeout=SECOND))
    assert waited >= SECOND
    process.join()
    assert process.exitcode == 0


def raised(error, call):
    """How long the call takes to raise the error."""
    begin = time.monotonic()
    try:
        call()
    except error:
        return time.monotonic() - begin
    raise AssertionError(f"no {error.__name__}")


# ── back-pressure ──
ROOM, APPLES = 3, 12


def harvest_at_once(apples, report):
    begin, most = time.monotonic(), 0
    for apple in range(APPLES):
        apples.put(apple)
        most = max(most, apples.qsize())
        say(f"+++apple {apple}")
    report.put((most, (time.monotonic() - begin) / SECOND))
    apples.put(None)


def eat_slowly(apples):
    for apple in iter(apples.get, None):
        time.sleep(0.5 * SECOND)
        say(f"---apple {apple}")


def back_pressure():
    apples, report = Queue(ROOM), SimpleQueue()
    family = [
        Process(target=harvest_at_once, args=(apples, report), daemon=True),
        Process(target=eat_slowly, args=(apples,), daemon=True),
    ]
    for process in family:
        process.start()
    for process in family:
        process.join()
        assert process.exitcode == 0

    most, took = report.get()
    say(f"at most {most} apples waited, the producer took {took:.1f} s")
    assert most == ROOM
    assert took >= 0.5 * (APPLES - ROOM - 1)


# ── sentinel ──
def harvest(apples):
    rng = random.Random(f"{SEED} producer")
    for apple in range(10):
        time.sleep(rng.random() * SECOND)
        say(f"+++apple {apple}")
        apples.put(apple)


def eat(name, apples, eaten):
    rng = random.Random(f"{SEED} {name}")
    for apple in iter(apples.get, None):
        time.sleep(rng.uniform(1, 2) * SECOND)
        say(f"{name}---apple {apple}")
        eaten.put(apple)


def sentinel():
    say(f"── seed {SEED}")
    apples, eaten = Queue(), SimpleQueue()
    producer = Process(target=harvest, args=(apples,), daemon=True)
    consumers = [
        Process(target=eat, args=(name, apples, eaten), daemon=True)
        for name in ("x", "y", "z")
    ]
    for process in (producer, *consumers):
        process.start()
    producer.join()
    assert producer.exitcode == 0
    for _ in consumers:
        apples.put(None)
    for consumer in consumers:
        consumer.join()
        assert consumer.exitcode == 0
    assert apples.empty()
    assert sorted(drain(eaten)) == list(range(10))


# ── threads ──
def threads():
    say(f"── seed {SEED}")
    # With the methods of a Queue between processes, so harvest and eat are
    # those of sentinel. Before Python 3.13 it cannot be shut down.
    apples, eaten = queue.Queue(), queue.SimpleQueue()
    producer = Thread(target=harvest, args=(apples,))
    consumers = [
        Thread(target=eat, args=(name, apples, eaten), daemon=True)
        for name in ("x", "y", "z")
    ]
    for thread in (producer, *consumers):
        thread.start()
    producer.join()
    for _ in consumers:
        apples.put(None)
    for consumer in consumers:
        consumer.join()
    assert sorted(drain(eaten)) == list(range(10))


# ── many-to-many ──
ITEMS, PRODUCERS, CONSUMERS = 10_000, 3, 4


def produce(number, items):
    for item in range(number, ITEMS, PRODUCERS):
        items.put((item, "#" * 4000))
    say(f"producer-{number} is done")


def consume(items, report):
    report.put([number for number, _ in iter(items.get, None)])


def many_to_many():
    items, report = Queue(100), SimpleQueue()
    consumers = [
        Process(target=consume, args=(items, report), daemon=True)
        for _ in range(CONSUMERS)
    ]
    producers = [
        Process(target=produce, args=(number, items), daemon=True)
        for number in range(PRODUCERS)
    ]
    for process in (*consumers, *producers):
        process.start()
    # A producer has ended only when its thread has sent all that it put.
    for producer in producers:
        producer.join()
        assert producer.exitcode == 0
    for _ in consumers:
        items.put(None)

    got = [report.get() for _ in consumers]
    for consumer in consumers:
        consumer.join()
        assert consumer.exitcode == 0
    for one in got:
        for number in range(PRODUCERS):
            of_one_producer = [n for n in one if n % PRODUCERS == number]
            assert of_one_producer == sorted(of_one_producer)
    everything = [number for one in got for number in one]
    say(f"{len(everything)} items have arrived")
    assert sorted(everything) == list(range(ITEMS))


# ── async ──
async def harvest_async(apples):
    rng = random.Random(f"{SEED} producer")
    for apple in range(10):
        await asyncio.sleep(rng.random() * SECOND)
        say(f"+++apple {apple}")
        await apples.put(apple)
    for _ in range(3):
        await apples.put(None)


async def eat_async(name, apples, eaten):
    rng = random.Random(f"{SEED} {name}")
    while (apple := await apples.get()) is not None:
        seconds = rng.uniform(1, 2)
        await asyncio.sleep(seconds * SECOND)
        say(f"{name}---apple {apple}")
        eaten.append((apple, seconds))


async def together():
    apples, eaten = asyncio.Queue(3), []
    begin = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(harvest_async(apples))
        for name in ("x", "y", "z"):
            tasks.create_task(eat_async(name, apples, eaten))
    took = (time.monotonic() - begin) / SECOND
    assert sorted(apple for apple, _ in eaten) == list(range(10))
    assert took < 0.8 * sum(seconds for _, seconds in eaten)


def async_():
    say(f"── seed {SEED}")
    asyncio.run(together())


SCENES = {
    "methods": methods,
    "back-pressure": back_pressure,
    "sentinel": sentinel,
    "threads": threads,
    "many-to-many": many_to_many,
    "async": async_,
}

if __name__ == "__main__":
    set_start_method("fork")
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
