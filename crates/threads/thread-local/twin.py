"""The scenes of thread-local in Python: python3 twin.py clobbered"""

import asyncio
import os
import threading
import weakref
from argparse import ArgumentParser
from contextvars import ContextVar, copy_context
from itertools import permutations
from multiprocessing import get_context
from threading import Barrier, Thread, get_ident

from greenlet import getcurrent, greenlet


def say(line):
    """Print with one write a line, so that lines of threads never mix."""
    os.write(1, f"{line}\n".encode())


def in_threads(count, work):
    """Run work in so many threads at once, and return what each has returned."""
    meet, results = Barrier(count, timeout=60), [None] * count

    def run(number):
        results[number] = work(number, meet)

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


# ── clobbered ──
class Foo:
    name = 0


def clobbered():
    foo, has_set, all_have_set = Foo(), Barrier(2), Barrier(10)
    read = [None] * 10

    def func(num):
        foo.name = num
        has_set.wait()
        all_have_set.wait()
        read[num] = foo.name
        say(f"{read[num]} thread-{num}")

    threads = [Thread(target=func, args=(num,)) for num in range(10)]
    for thread in threads:
        thread.start()
        has_set.wait()
    for thread in threads:
        thread.join()
    assert read == [9] * 10

    schedules = set(permutations([1, 1, 2, 2]))
    fail = sum(race(schedule) != {1: 1, 2: 2} for schedule in schedules)
    say(f"two threads that set and read: {len(schedules)} schedules, {fail} fail")
    assert (len(schedules), fail) == (6, 4)


def race(schedule):
    """Let two threads set and read in that order, and return what each has read."""
    foo, read = Foo(), {}

    def func(num):
        foo.name = num
        yield
        read[num] = foo.name
        yield

    threads = {num: func(num) for num in (1, 2)}
    for num in schedule:
        next(threads[num])
    return read


# ── std ──
def std():
    locals_values = threading.local()
    locals_values.name = 100

    def func(num, all_have_set):
        locals_values.name = num
        all_have_set.wait()
        say(f"{locals_values.name} thread-{num}")
        return locals_values.name

    assert in_threads(10, func) == list(range(10))
    say(f"{locals_values.name} main")
    assert locals_values.name == 100


# ── by-ident ──
class ByIdent:
    def __init__(self):
        self.storage = {}

    def set(self, k, v):
        self.storage.setdefault(get_ident(), {})[k] = v

    def get(self, k):
        return self.storage.get(get_ident(), {}).get(k)


def by_ident():
    locals_values = ByIdent()

    def func(num, all_have_set):
        locals_values.set("KEY", num)
        all_have_set.wait()
        read = locals_values.get("KEY")
        say(f"{read} thread-{num}")
        return read

    assert in_threads(10, func) == list(range(10))
    storage = sorted(locals_values.storage.items(), key=lambda it: it[1]["KEY"])
    for ident, values in storage:
        say(f"{ident}: {values}")
    assert [values["KEY"] for _, values in storage] == list(range(10))


# ── leak ──
class Value:
    """An object of which each thread has one."""


def leak():
    by_hand, local = ByIdent(), threading.local()

    def func(num, all_have_set):
        by_hand.set("KEY", num)
        local.value = Value()
        all_have_set.wait()
        return weakref.ref(local.value)

    alive = [ref for ref in in_threads(100, func) if ref() is not None]
    say("100 threads have ended")
    say(f"values in the map: {len(by_hand.storage)}")
    say(f"values in the local: {len(alive)}")
    assert len(by_hand.storage) == 100
    assert not alive

    def read(_num, _meet):
        if get_ident() in by_hand.storage:
            return by_hand.get("KEY"), hasattr(local, "value")
        return None

    tries = (in_threads(1, read)[0] for _ in range(1_000))
    in_map, in_local = next(found for found in tries if found)
    say("a new thread has set nothing")
    in_map_text = "a value" if in_map is not None else "no value"
    in_local_text = "a value" if in_local else "no value"
    say(f"it finds {in_map_text} in the map, {in_local_text} in the local")
    assert in_map in range(100)
    assert not in_local


# ── fields ──
class Local:
    """The note's second version: attributes instead of set and get."""

    def __init__(self):
        object.__setattr__(self, "storage", {})

    def __setattr__(self, k, v):
        self.storage.setdefault(get_ident(), {})[k] = v

    def __getattr__(self, k):
        try:
            return self.storage[get_ident()][k]
        except KeyError:
            raise AttributeError(k) from None


def fields():
    locals_values = Local()

    def func(num, all_have_set):
        locals_values.KEY = num
        all_have_set.wait()
        say(f"{locals_values.KEY} thread-{num}")
        return locals_values.KEY

    assert in_threads(10, func) == list(range(10))
    has_values = hasattr(locals_values, "KEY")
    say(f"main has {'values' if has_values else 'no values'}")
    assert not has_values


# ── per-object ──
def per_object():
    locals_values, locals_values2 = Local(), Local()

    def func(num, all_have_set):
        locals_values.KEY = num
        if num % 2 == 0:
            locals_values2.KEY = 10 * num
        all_have_set.wait()
        both = locals_values.KEY, getattr(locals_values2, "KEY", None)
        shown = ["none" if value is None else value for value in both]
        say(f"{shown[0]} and {shown[1]} thread-{num}")
        return both

    read = in_threads(10, func)
    assert [first for first, _ in read] == list(range(10))
    seconds = [10 * num if num % 2 == 0 else None for num in range(10)]
    assert [second for _, second in read] == seconds


# ── context ──
class Tally:
    """A request's number by lane and in the note's map, and who mixed it up."""

    def __init__(self, ident):
        self.ident, self.storage = ident, {}
        self.map = ByIdent()
        self.counts = [0, 0, 0]
        self.lock = threading.Lock()

    def begin(self, number):
        self.storage[self.ident()] = number
        self.map.set("request", number)

    def look(self, number):
        local, by_hand = self.storage[self.ident()], self.map.get("request")
        with self.lock:
            self.counts[0] += 1
            self.counts[1] += local != number
            self.counts[2] += by_hand != number

    def take(self):
        counts, self.counts = self.counts, [0, 0, 0]
        return counts


def context():
    # As Werkzeug before 2.0: the greenlet that runs; each thread has a first one.
    request = Tally(getcurrent)

    def serve(number, wait):
        request.begin(number)
        wait()
        request.look(number)

    def counts_of(lanes):
        counts = request.take()
        served, local, by_hand = counts
        say(
            f"{lanes}: {served} requests, mixed up: "
            f"{local} in the local, {by_hand} in the map"
        )
        return counts

    for number in range(10):
        serve(number, lambda: None)
    assert counts_of("one thread") == [10, 0, 0]

    def thread(num, meet):
        for turn in range(100):
            serve(100 * turn + num, meet.wait)

    in_threads(100, thread)
    assert counts_of("many threads") == [10_000, 0, 0]

    def coroutine(num):
        for turn in range(10):
            serve(1_000 * turn + num, getcurrent().parent.switch)

    coroutines = [greenlet(coroutine) for _ in range(1_000)]
    for num, one in enumerate(coroutines):
        one.switch(num)
    while coroutines := [one for one in coroutines if not one.dead]:
        for one in coroutines:
            one.switch()
    served, local, by_hand = counts_of("many coroutines")
    assert (served, local) == (10_000, 0)
    assert by_hand > 9_000


# ── tasks ──
def tasks():
    request, by_hand = ContextVar("request"), ByIdent()
    counts = [0, 0, 0]

    async def serve(number, everyone):
        request.set(number)
        by_hand.set("request", number)
        await everyone.wait()
        counts[0] += 1
        counts[1] += request.get() != number
        counts[2] += by_hand.get("request") != number

    async def main():
        everyone = asyncio.Barrier(1_000)

        async def task(num):
            for turn in range(10):
                await serve(1_000 * turn + num, everyone)

        await asyncio.gather(*map(task, range(1_000)))
        return request.get(None)

    left = asyncio.run(main())
    served, local, in_map = counts
    say(f"{served} requests, mixed up: {local} in the local, {in_map} in the map")
    assert (served, local) == (10_000, 0)
    assert in_map > 9_000
    # Each task has had a copy of the context, so nothing has come back.
    left = 0 if left is None else 1
    say(f"values left behind: {left} in the local, {len(by_hand.storage)} in the map")
    assert left == 0

    async def without_a_scope():
        request.set(1)
        return request.get()

    # There is no such thing as a task without a context.
    assert asyncio.run(without_a_scope()) == 1
    say("a task needs no scope: each has a copy of the context")


# ── inherit ──
TRACE, TRANSACTION = ContextVar("trace"), ContextVar("transaction")


def inherit():
    TRACE.set(7)
    TRANSACTION.set(1)
    seen_by("main")
    # Python inherits all or nothing: a copied context has the transaction as well.
    child = get_context("fork").Process(target=seen_by, args=("child",))
    child.start()
    child.join()
    assert child.exitcode == 0

    assert in_threads(1, lambda *_: seen_by("thread")) == [(None, None)]

    context = copy_context()

    def in_context(*_):
        seen = context.run(seen_by, "thread with the context")
        context.run(TRACE.set, 8)
        return seen

    assert in_threads(1, in_context) == [(7, 1)]
    assert TRACE.get() == 7

    def coroutine():
        return seen_by("coroutine with the context")

    one = greenlet(coroutine)
    one.gr_context = copy_context()
    assert one.switch() == (7, 1)

    async def main():
        async def task():
            return seen_by("task with the context")

        return await asyncio.create_task(task())

    assert asyncio.run(main()) == (7, 1)


def seen_by(lane):
    seen = TRACE.get(None), TRANSACTION.get(None)
    trace = "the trace" if seen[0] else "no trace"
    transaction = "the transaction" if seen[1] else "no transaction"
    say(f"{lane}: {trace}, {transaction}")
    return seen


SCENES = {
    "clobbered": clobbered,
    "std": std,
    "by-ident": by_ident,
    "leak": leak,
    "fields": fields,
    "per-object": per_object,
    "context": context,
    "tasks": tasks,
    "inherit": inherit,
}

if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
