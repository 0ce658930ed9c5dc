"""The scenes of coroutines in Python: python3 twin.py eat-and-play"""

import asyncio
import os
import random
import threading
import time
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import gevent
from gevent import GreenletExit, monkey
from sleepers import Sleepers
from storm import storm_with_stacks, storms_without_stacks
from told import SECOND, BlockingCall, Stop, Tasks, both, run_all, say


# ── eat-and-play ──
def eat_and_play():
    for told, seconds in both(eat_and_play_with_stacks, eat_and_play_without):
        say(f"{seconds:.1f} s")
        first, then = told[:3], told[3:]
        assert first == ["egon eat 1", "egon play 1", "egon play 2"]
        assert then == ["egon eat 2", "main"]
        assert seconds >= 2


def eat_and_play_with_stacks(told):
    def eat():
        told.tell("egon eat 1")
        gevent.sleep(2 * SECOND)
        told.tell("egon eat 2")

    def play():
        told.tell("egon play 1")
        gevent.sleep(1 * SECOND)
        told.tell("egon play 2")

    g1 = gevent.spawn(eat)
    g2 = gevent.spawn(play)
    g1.join()
    g2.join()
    told.tell("main")


async def eat_and_play_without(told):
    async def eat():
        told.tell("egon eat 1")
        await asyncio.sleep(2 * SECOND)
        told.tell("egon eat 2")

    async def play():
        told.tell("egon play 1")
        await asyncio.sleep(1 * SECOND)
        told.tell("egon play 2")

    async with asyncio.TaskGroup() as group:
        g1 = group.create_task(eat())
        g2 = group.create_task(play())
        await g1
        await g2
        told.tell("main")


# ── blocking-blocks ──
def blocking_blocks():
    block = time.sleep
    # From here on time.sleep is gevent's: it lets the others run.
    monkey.patch_time()

    async def sleep(seconds):
        block(seconds)

    async def sleep_in_a_thread(seconds):
        await asyncio.to_thread(block, seconds)

    say("blocking")
    programs = partial(with_stacks, block), partial(without_stacks, sleep)
    for told, seconds in both(*programs):
        say(f"{seconds:.1f} s")
        assert told == ["eat food 1", "eat food 2", "play 1", "play 2"]
        assert seconds >= 3

    say("blocking a thread of its own")  # gevent has no need of one: it is patched
    run = partial(with_stacks, time.sleep)
    for told, _ in both(run, partial(without_stacks, sleep_in_a_thread)):
        assert told == ["eat food 1", "play 1", "play 2", "eat food 2"]


def with_stacks(sleep, told):
    def eat_or_play(first, seconds, then):
        told.tell(first)
        sleep(seconds * SECOND)
        told.tell(then)

    g1 = gevent.spawn(eat_or_play, "eat food 1", 2, "eat food 2")
    g2 = gevent.spawn(eat_or_play, "play 1", 1, "play 2")
    gevent.joinall([g1, g2], raise_error=True)


async def without_stacks(sleep, told):
    async def eat_or_play(first, seconds, then):
        told.tell(first)
        await sleep(seconds * SECOND)
        told.tell(then)

    async with asyncio.TaskGroup() as group:
        group.create_task(eat_or_play("eat food 1", 2, "eat food 2"))
        group.create_task(eat_or_play("play 1", 1, "play 2"))


# ── hundred ──
def hundred():
    rng = random.Random(int(os.environ.get("SEED", "1")))
    sleeps = [rng.random() for _ in range(100)]

    def func(i, seconds):
        gevent.sleep(seconds * SECOND)
        return i**2, gevent.getcurrent().name, threading.current_thread()

    begin = time.monotonic()
    tasks = []
    for i, seconds in enumerate(sleeps):
        g = gevent.spawn(func, i, seconds)
        g.name = f"coroutine-{i}"
        tasks.append(g)
    gevent.joinall(tasks, raise_error=True)
    check_hundred("with stacks", sleeps, begin, [g.value for g in tasks])

    begin = time.monotonic()
    seen = asyncio.run(hundred_without_stacks(sleeps))
    check_hundred("without stacks", sleeps, begin, seen)


async def hundred_without_stacks(sleeps):
    async def func(i, seconds):
        await asyncio.sleep(seconds * SECOND)
        name = asyncio.current_task().get_name()
        return i**2, name, threading.current_thread()

    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(func(i, seconds), name=f"coroutine-{i}")
            for i, seconds in enumerate(sleeps)
        ]
    return [task.result() for task in tasks]


def check_hundred(kind, sleeps, begin, seen):
    seconds = (time.monotonic() - begin) / SECOND
    total = sum(sleeps)
    say(f"{kind}: 100 sleeps of {total:.1f} s in all take {seconds:.1f} s")
    assert [value for value, _, _ in seen] == [i**2 for i in range(100)]
    assert [n for _, n, _ in seen] == [f"coroutine-{i}" for i in range(100)]
    # In gevent too: it has a loop in each thread, and no thread of timers.
    assert {thread for _, _, thread in seen} == {threading.main_thread()}
    assert max(sleeps) <= seconds < total / 5


# ── one-to-end ──
def one_to_end():
    for told, seconds in both(one_to_end_with_stacks, one_to_end_without):
        say(f"{seconds:.1f} s")
        first, then = told[:4], told[4:]
        assert first == ["running 1 ...", "running 3 ...", "running 5 ...", "end?"]
        assert then == ["running 2 ...", "running 4"]
        assert seconds >= 3


def one_to_end_with_stacks(told):
    def fun(first, seconds, then):
        told.tell(first)
        gevent.sleep(seconds * SECOND)
        told.tell(then)

    fun1 = gevent.spawn(fun, "running 1 ...", 2, "running 2 ...")
    fun2 = gevent.spawn(fun, "running 3 ...", 3, "running 4")
    fun3 = gevent.spawn(fun, "running 5 ...", 0, "end?")
    gevent.joinall([fun1, fun2, fun3])


async def one_to_end_without(told):
    async def fun(first, seconds, then):
        told.tell(first)
        await asyncio.sleep(seconds * SECOND)
        told.tell(then)

    async with asyncio.TaskGroup() as group:
        group.create_task(fun("running 1 ...", 2, "running 2 ..."))
        group.create_task(fun("running 3 ...", 3, "running 4"))
        group.create_task(fun("running 5 ...", 0, "end?"))


# ── ten-thousand ──
def ten_thousand():
    task = Sleepers("without stacks", 10_000)
    asyncio.run(tasks_that_sleep(task))
    task.check()
    coroutine = Sleepers("with stacks", 10_000)
    greenlets_that_sleep(coroutine)
    coroutine.check()
    assert 2 * task.each < coroutine.each

    # Each has 16 KiB in the kernel as well, which is not counted here.
    thread = Sleepers("threads", 2_000)
    threads_that_sleep(thread)
    thread.check()


async def tasks_that_sleep(sleepers):
    async def sleeper():
        for _ in sleepers.seconds():
            await asyncio.sleep(SECOND)

    async with asyncio.TaskGroup() as group:
        for _ in range(sleepers.all):
            group.create_task(sleeper())


def greenlets_that_sleep(sleepers):
    def sleeper():
        for _ in sleepers.seconds():
            gevent.sleep(SECOND)

    run_all(*[sleeper] * sleepers.all)


def threads_that_sleep(sleepers):
    def sleeper():
        for _ in sleepers.seconds():
            time.sleep(SECOND)

    with ThreadPoolExecutor(sleepers.all) as pool:
        for _ in range(sleepers.all):
            pool.submit(sleeper)


# ── foo-bar ──
FOO_AGAIN = "Explicit context switch to foo again!"
BACK_TO_BAR = "Explicit context switch back to bar"


def foo_bar():
    # asyncio's loop is a queue, where tokio wakes the last one first.
    for told, _ in both(foo_bar_with_stacks, foo_bar_without):
        assert told == ["Running foo", "Running bar", FOO_AGAIN, BACK_TO_BAR]


def foo_bar_with_stacks(told):
    def run(first, then):
        told.tell(first)
        gevent.sleep(0)
        told.tell(then)

    foo = gevent.spawn(run, "Running foo", FOO_AGAIN)
    bar = gevent.spawn(run, "Running bar", BACK_TO_BAR)
    gevent.joinall([foo, bar])


async def foo_bar_without(told):
    async def run(first, then):
        told.tell(first)
        await asyncio.sleep(0)
        told.tell(then)

    async with asyncio.TaskGroup() as group:
        group.create_task(run("Running foo", FOO_AGAIN))
        group.create_task(run("Running bar", BACK_TO_BAR))


# ── nursery ──
def nursery():
    for told, _ in both(nursery_with_stacks, nursery_without):
        assert told[:2] == ["Running foo", "Running bar"]
        assert told[2:4] == ["foo ends", "the block is left"]
        assert told[4:] == ["bar: the bar is closed"]


def nursery_with_stacks(told):
    def foo():
        with told.at_end("foo ends"):
            told.tell("Running foo")
            gevent.sleep(1000 * SECOND)
            told.tell("Explicit context switch to foo again!")

    def bar():
        told.tell("Running bar")
        gevent.sleep(1 * SECOND)
        raise Stop("bar: the bar is closed")

    try:
        run_all(foo, bar)
    except Stop as error:
        told.tell("the block is left")
        told.tell(str(error))


async def nursery_without(told):
    async def foo():
        with told.at_end("foo ends"):
            told.tell("Running foo")
            await asyncio.sleep(1000 * SECOND)
            told.tell("Explicit context switch to foo again!")

    async def bar():
        told.tell("Running bar")
        await asyncio.sleep(1 * SECOND)
        raise Stop("bar: the bar is closed")

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(foo())
            group.create_task(bar())
    except* Stop as group:
        [error] = group.exceptions
        told.tell("the block is left")
        told.tell(str(error))


# ── cancel ──
def cancel():
    for told, _ in both(cancel_with_stacks, cancel_without):
        assert told[:2] == ["take 10", "put 10 back"]
        assert told[2:] == ["values: None, None", "the blocking call ends"]


def cancel_with_stacks(told):
    call = BlockingCall(told)

    def transfer():
        told.tell("take 10")
        with told.at_end("put 10 back"):
            gevent.sleep(1000 * SECOND)
            told.tell("hand 10 over")

    def caller():
        gevent.get_hub().threadpool.apply(call)

    tasks = [gevent.spawn(transfer), gevent.spawn(caller)]
    gevent.sleep(0)
    gevent.killall(tasks)
    # gevent takes the exception that kills a task for its value.
    values = [None if type(it.value) is GreenletExit else 0 for it in tasks]
    told.tell("values: {}, {}".format(*values))
    call.go_on()


async def cancel_without(told):
    call = BlockingCall(told)

    async def transfer():
        told.tell("take 10")
        with told.at_end("put 10 back"):
            await asyncio.sleep(1000 * SECOND)
            told.tell("hand 10 over")

    async def caller():
        await asyncio.to_thread(call)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(transfer()), group.create_task(caller())]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    values = [None if task.cancelled() else task.result() for task in tasks]
    told.tell("values: {}, {}".format(*values))
    call.go_on()


# ── storm ──
def storm():
    rng = random.Random(int(os.environ.get("SEED", "1")))
    tasks, left = Tasks(), 0
    while tasks.cancelled < 10_000:
        storm_with_stacks(tasks, [rng.randrange(20) for _ in range(11)])
        left = max(left, tasks.alive)
    say(f"with stacks: {left} tasks are left")
    assert left == 0

    left = asyncio.run(storms_without_stacks(rng))
    say(f"without stacks: {left} tasks are left")
    assert left == 0


ALL = [eat_and_play, blocking_blocks, hundred, one_to_end, ten_thousand, foo_bar]
ALL += [nursery, cancel, storm]
SCENES = {scene.__name__.replace("_", "-"): scene for scene in ALL}

if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
