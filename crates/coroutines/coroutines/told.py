"""What the scenes of twin.py need: lines, a nursery of gevent, and counts of tasks."""

import asyncio
import inspect
import os
import threading
import time
from contextlib import contextmanager

import gevent

SECOND = float(os.environ.get("PACE", "0.1"))  # how long a note-second lasts


def say(line):
    """Print with one write a line."""
    os.write(1, f"{line}\n".encode())


class Told(list):
    """What coroutines have told, in the order in which they did."""

    def tell(self, line):
        say(line)
        self.append(line)

    @contextmanager
    def at_end(self, line):
        try:
            yield
        finally:
            self.tell(line)


def timed(run, *args):
    """Run a function or a coroutine; give what it has told, and its time."""
    told, begin = Told(), time.monotonic()
    running = run(told, *args)
    if inspect.iscoroutine(running):
        asyncio.run(running)
    return told, (time.monotonic() - begin) / SECOND


def both(with_stacks, without_stacks):
    """Run the program of gevent, then that of asyncio."""
    say("with stacks:")
    yield timed(with_stacks)
    say("without stacks:")
    yield timed(without_stacks)


class Stop(Exception):
    """An error of a task that stops its siblings."""


# gevent prints the traceback of a task that fails, unless told not to.
gevent.get_hub().NOT_ERROR += (Stop,)


def run_all(*functions):
    """A nursery of gevent: an error kills all others, and none is left."""
    tasks = [gevent.spawn(function) for function in functions]
    try:
        gevent.joinall(tasks, raise_error=True)
    finally:
        gevent.killall(tasks)


class BlockingCall:
    """A call that blocks until it may go on, and then says so."""

    def __init__(self, told):
        self.told = told
        self.may_go_on, self.has_ended = threading.Event(), threading.Event()

    def __call__(self):
        self.may_go_on.wait()
        self.told.tell("the blocking call ends")
        self.has_ended.set()

    def go_on(self):
        self.may_go_on.set()
        self.has_ended.wait()


class Tasks:
    """Counts the tasks that are alive, and those that were cancelled."""

    def __init__(self):
        self.alive = self.cancelled = 0

    @contextmanager
    def one(self):
        self.alive += 1
        try:
            yield
        except (gevent.GreenletExit, asyncio.CancelledError):
            self.cancelled += 1
            raise
        finally:
            self.alive -= 1
