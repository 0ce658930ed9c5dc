"""The scenes of interleavings in Python: python3 twin.py lost-update"""

import linecache
import os
import sys
from argparse import ArgumentParser
from collections import Counter
from dataclasses import dataclass
from threading import Lock, Thread

sys.setswitchinterval(1e-5)  # real threads take turns as often as they can


def say(line):
    """Print with one write a line, so that lines of threads never mix."""
    os.write(1, f"{line}\n".encode())


# A program is a list of generators and a function that gives its outcome.
# A generator yields before each step: nothing if the step is possible, or
# else a function that says whether it is.


@dataclass
class Schedule:
    order: list  # the numbers of the threads
    places: list  # the lines of their steps
    preemptions: int
    outcome: object

    def lines(self):
        sources = [linecache.getline(__file__, n).strip() for n in self.places]
        return [f"{n}: {line}" for n, line in zip(self.order, sources)]


class Report(list):
    """All schedules of a program."""

    def failures(self):
        return [it for it in self if it.outcome in ("fails", "deadlock")]

    def __str__(self):
        return f"{len(self)} schedules, {len(self.failures())} fail"


def explore(program):
    """Run a program once under every schedule, depth first."""
    path = []  # for each choice: which was taken, of how many
    report = Report()
    while True:
        report.append(run(program, path))
        while path and path[-1][0] + 1 == path[-1][1]:
            path.pop()
        if not path:
            return report
        path[-1] = (path[-1][0] + 1, path[-1][1])


def run(program, path):
    threads, outcome = program()
    awaited = [next(thread) for thread in threads]
    alive = [True] * len(threads)
    schedule = Schedule([], [], 0, None)
    while True:
        ready = [
            number
            for number, possible in enumerate(awaited)
            if alive[number] and (possible is None or possible())
        ]
        if not ready:
            break
        depth = len(schedule.order)
        if depth == len(path):
            path.append((0, len(ready)))
        chosen = ready[path[depth][0]]
        last = schedule.order[-1] - 1 if depth else chosen
        schedule.preemptions += last != chosen and last in ready
        schedule.order.append(chosen + 1)
        schedule.places.append(place_of(threads[chosen]))
        try:
            awaited[chosen] = next(threads[chosen])
        except StopIteration:
            alive[chosen] = False
    schedule.outcome = "deadlock" if any(alive) else outcome()
    return schedule


def place_of(generator):
    """The line below the yield before which it waits."""
    while generator.gi_yieldfrom is not None:
        generator = generator.gi_yieldfrom
    return generator.gi_frame.f_lineno + 1


def shortest(schedules):
    return min(schedules, key=lambda it: (it.preemptions, len(it.order)))


class Model:
    """What the generators of a program share."""

    def __init__(self, **values):
        self.__dict__.update(values)

    def is_free(self):
        return not self.held

    def wake_one(self):
        for waiter in self.waiters[:1]:
            waiter.woken = True


def fails_unless(holds):
    return lambda: "holds" if holds() else "fails"


# ── lost-update ──
def lost_update():
    lost = count_down(5, 100_000)
    say(f"500,000 decrements by five real threads: {lost} are lost")

    report = explore(lambda: decrements(2, 1))
    say(f"two threads, one decrement each: {report}")
    assert len(report) == 6
    assert len(report.failures()) == 4
    failure = shortest(report.failures())
    for line in failure.lines():
        say(line)
    assert failure.preemptions == 1

    in_turn = Report(it for it in report if it.preemptions == 0)
    say(f"the same without preemption: {in_turn}")
    assert (len(in_turn), len(in_turn.failures())) == (2, 0)

    report = explore(lambda: decrements(2, 4))
    say(f"two threads, four decrements each: {report}")
    assert (len(report), len(report.failures())) == (12_870, 12_800)


def count_down(threads, turns):
    n = threads * turns

    def decrement():
        nonlocal n
        for _ in range(turns):
            # Since 3.10 CPython does not switch threads within this line,
            # so that nothing is lost. No document promises that.
            n -= 1

    join_all([Thread(target=decrement) for _ in range(threads)])
    return n


def decrements(threads, turns):
    """A model of count_down, in which the switch is possible."""
    n = Model(value=threads * turns)

    def decrement():
        for _ in range(turns):
            yield
            seen = n.value
            yield
            n.value = seen - 1

    holds = fails_unless(lambda: n.value == 0)
    return [decrement() for _ in range(threads)], holds


def join_all(threads):
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# ── with-a-lock ──
def with_a_lock():
    lost = count_down_locked(5, 100_000)
    say(f"500,000 decrements by five real threads: {lost} are lost")
    assert lost == 0

    report = explore(lambda: locked_decrements(2, 1))
    say(f"two threads, one decrement each: {report}")
    assert len(report) == 2
    assert len(report.failures()) == 0

    report = explore(lambda: locked_decrements(3, 2))
    say(f"three threads, two decrements each: {report}")
    assert (len(report), len(report.failures())) == (90, 0)


def count_down_locked(threads, turns):
    n = threads * turns
    lock = Lock()

    def decrement():
        nonlocal n
        for _ in range(turns):
            with lock:
                n -= 1

    join_all([Thread(target=decrement) for _ in range(threads)])
    return n


def locked_decrements(threads, turns):
    n = Model(held=False, value=threads * turns)

    def decrement():
        for _ in range(turns):
            yield n.is_free
            n.held = True
            n.value -= 1
            yield
            n.held = False

    holds = fails_unless(lambda: n.value == 0)
    return [decrement() for _ in range(threads)], holds


# ── check-then-act ──
def check_then_act():
    report = explore(lambda: buyers(look_then_buy))
    say(f"look, then buy: {report}")
    assert len(report) == 16
    assert len(report.failures()) == 12

    report = explore(lambda: buyers(buy_in_one_step))
    say(f"look and buy in one step: {report}")
    assert (len(report), len(report.failures())) == (4, 0)


def buyers(buy):
    tickets = Model(left=1, sold=0)
    holds = fails_unless(lambda: tickets.sold == 1)
    return [buy(tickets), buy(tickets)], holds


def look_then_buy(tickets):
    yield
    seen = tickets.left
    # What was seen may be out of date by now.
    if seen > 0:
        yield
        tickets.left = seen - 1
        yield
        tickets.sold += 1


def buy_in_one_step(tickets):
    yield
    seen, tickets.left = tickets.left, 0
    if seen > 0:
        yield
        tickets.sold += 1


# ── crosswise ──
def crosswise():
    report = explore(lambda: two_locks(in_order=False))
    say(f"two locks, crosswise: {report}")
    assert (len(report), len(report.failures())) == (6, 2)
    failure = shortest(report.failures())
    for line in failure.lines():
        say(line)
    say(failure.outcome)

    report = explore(lambda: two_locks(in_order=True))
    say(f"two locks, in one order: {report}")
    assert (len(report), len(report.failures())) == (2, 0)


def two_locks(in_order):
    fork, knife = Model(held=False), Model(held=False)
    other = take(fork, knife) if in_order else take(knife, fork)
    return [take(fork, knife), other], lambda: "holds"


def take(first, second):
    yield first.is_free
    first.held = True
    yield second.is_free
    second.held = True
    yield
    second.held = False
    yield
    first.held = False


# ── lost-wakeup ──
def lost_wakeup():
    report = explore(lambda: meeting(wait_blindly))
    say(f"wait without a look: {report}")
    assert (len(report), len(report.failures())) == (4, 2)
    failure = shortest(report.failures())
    for line in failure.lines():
        say(line)
    say(failure.outcome)
    assert failure.preemptions == 0

    report = explore(lambda: meeting(look_and_wait))
    say(f"wait only if it is not ready: {report}")
    assert (len(report), len(report.failures())) == (4, 0)


def meeting(wait):
    """One thread waits until the other one says that it is ready."""
    lock = Model(held=False, ready=False, waiters=[])
    return [wait(lock), notify(lock)], lambda: "holds"


def wait_blindly(lock):
    yield lock.is_free
    lock.held = True
    yield from wait_for_notification(lock)
    yield
    lock.held = False


def look_and_wait(lock):
    yield lock.is_free
    lock.held = True
    while not lock.ready:
        yield from wait_for_notification(lock)
    yield
    lock.held = False


def wait_for_notification(lock):
    me = Model(woken=False)
    yield
    lock.held, lock.waiters = False, [*lock.waiters, me]
    yield lambda: me.woken and lock.is_free()
    lock.held = True


def notify(lock):
    yield lock.is_free
    lock.held = lock.ready = True
    yield
    lock.held = False
    yield
    lock.wake_one()


# ── outcomes ──
def outcomes():
    report = explore(write_and_look)
    count = Counter(it.outcome for it in report)
    say("outcome  schedules  the shortest one")
    for outcome in count:
        same = [it for it in report if it.outcome == outcome]
        order = ",".join(map(str, shortest(same).order))
        say(f"{str(outcome):7}  {len(same):>9}  {order}")
    assert count[1, 1] == 4
    assert count[0, 1] == 1
    assert count[1, 0] == 1
    assert count[0, 0] == 0


def write_and_look():
    """Each thread writes, and then looks whether the other has written."""
    values, seen = [0, 0], [None, None]

    def look(me):
        yield
        values[me] = 1
        yield
        seen[me] = values[1 - me]

    return [look(0), look(1)], lambda: tuple(seen)


SCENES = {
    "lost-update": lost_update,
    "with-a-lock": with_a_lock,
    "check-then-act": check_then_act,
    "crosswise": crosswise,
    "lost-wakeup": lost_wakeup,
    "outcomes": outcomes,
}

if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
