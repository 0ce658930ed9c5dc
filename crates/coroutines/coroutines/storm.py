"""Nurseries of ten tasks that are cancelled after a random number of turns."""

import asyncio
from contextlib import suppress
from functools import partial

import gevent
from told import Stop, Tasks, run_all


def storm_with_stacks(tasks, turns):
    def take(turns):
        with tasks.one():
            for _ in range(turns):
                gevent.sleep(0)

    def outer(turns):
        run_all(lambda: take(turns), lambda: take(turns))

    def fail():
        take(turns[0])
        raise Stop

    with suppress(Stop):
        run_all(fail, *[partial(outer, turns) for turns in turns[1:]])


async def storm_without(tasks, turns):
    async def take(turns):
        with tasks.one():
            for _ in range(turns):
                await asyncio.sleep(0)

    async def outer(turns):
        async with asyncio.TaskGroup() as group:
            group.create_task(take(turns))
            await take(turns)

    async with asyncio.TaskGroup() as group:
        for n in turns[1:]:
            group.create_task(outer(n))
        await take(turns[0])
        raise Stop


async def storms_without_stacks(rng):
    tasks, left = Tasks(), 0
    while tasks.cancelled < 10_000:
        try:
            await storm_without(tasks, [rng.randrange(20) for _ in range(11)])
        except* Stop:
            pass
        left = max(left, len(asyncio.all_tasks()) - 1)  # this one runs
    return left
