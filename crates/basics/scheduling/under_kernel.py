"""Processes that compute under the kernel's schedulers, for the twin."""

import os
import time
from multiprocessing import Event, Pipe, Process

GAP = 50_000  # a process that misses so many nanoseconds had no core meanwhile


def compute(core, burst, begin, log, scheduler=(os.SCHED_OTHER, 0)):
    """Compute for `burst` ns of CPU time, and log when there was a core."""
    os.sched_setaffinity(0, [core])
    policy, priority = scheduler
    os.sched_setscheduler(0, policy, os.sched_param(priority))
    log.send(None)
    begin.wait()
    slices = [[time.monotonic_ns()] * 2]
    done = time.process_time_ns() + burst
    # The CPU time of a virtual machine also counts what its host has taken away,
    # so the slices must add up, too.
    missing = burst
    is_done = False
    while not is_done:
        begin, last = slices[-1]
        is_done = time.process_time_ns() >= done and last - begin >= missing
        now = time.monotonic_ns()
        if now - last > GAP:
            missing -= last - begin
            slices.append([now, now])
        slices[-1][1] = now
    log.send(slices)


def run_on(cores, bursts, scheduler=(os.SCHED_OTHER, 0)):
    """The slices of processes that compute at once, one on each core in turn."""
    children = []
    for number, burst in enumerate(bursts):
        begin = Event()
        log, end = Pipe()
        arguments = (cores[number % len(cores)], burst, begin, end, scheduler)
        child = Process(target=compute, args=arguments, daemon=True)
        child.start()
        log.recv()
        children.append((child, begin, log))
    mine = os.sched_getaffinity(0)
    policy, priority = scheduler
    if policy != os.SCHED_OTHER:
        # Above the children, or the first one keeps the others from beginning.
        os.sched_setaffinity(0, cores)
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority + 1))
    for _, begin, _ in children:
        begin.set()
    slices = [log.recv() for _, _, log in children]
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    os.sched_setaffinity(0, mine)
    for child, _, _ in children:
        child.join()
    return slices


def overlap(one, other):
    return sum(
        max(0, min(a[1], b[1]) - max(a[0], b[0])) for a in one for b in other
    )


def turns(children):
    """Who had the core, in order; who goes on counts once."""
    slices = [(at, who) for who, log in enumerate(children) for at, _ in log]
    order = [who for _, who in sorted(slices)]
    return [who for before, who in zip([None] + order, order) if who != before]
