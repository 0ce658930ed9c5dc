"""Schedulers for the twin: each decides anew at each unit of time."""

from collections import deque
from fractions import Fraction
from itertools import count
from statistics import fmean


class Job:
    def __init__(
        self, name, arrival, burst, nice=0, io=None, deadline=None
    ):
        self.name, self.arrival, self.burst = name, arrival, burst
        self.nice, self.io, self.deadline = nice, io, deadline
        self.left = burst  # the time on the core that it still needs
        self.used = 0  # the time on the core since it last waited for its device
        self.ready_at = arrival
        self.start = self.end = None
        self.row = ""  # its row of the chart

    @property
    def next(self):
        """The time on the core until it waits for its device, or ends."""
        every, _ = self.io or (self.left + self.used, 0)
        return min(self.left, every - self.used)

    turnaround = property(lambda self: self.end - self.arrival)
    response = property(lambda self: self.start - self.arrival)
    waiting = property(lambda self: self.row.count("░"))
    late = property(lambda self: self.end > self.deadline)


def schedule(jobs, policy):
    """Run the jobs, unit by unit: each unit the policy decides anew."""
    order, running, now = [], None, 0
    while any(job.left for job in jobs):
        for job in jobs:
            if job.ready_at == now:
                policy.admit(job, now)
        running = policy.decide(running, now)
        for job in jobs:
            if job.left and now >= job.arrival:
                job.row += "█" if job is running else "░~"[now < job.ready_at]
            elif job.left:
                job.row += " "
        now += 1
        if running is None:
            continue
        if order[-1:] != [running.name]:
            order.append(running.name)
        if running.start is None:
            running.start = now - 1
        policy.ran(running)
        running.left -= 1
        running.used += 1
        if running.left == 0:
            running.end = now
        elif running.io and running.used == running.io[0]:
            running.used, running.ready_at = 0, now + running.io[1]
        else:
            continue
        policy.leave(running)
        running = None
    return order


class Ranked:
    """The job with the least key runs; an equal one does not preempt."""

    def __init__(self, key, preempts=False):
        self.key, self.preempts = key, preempts
        self.ready, self.now = [], 0

    def admit(self, job, now):
        self.ready.append(job)

    def decide(self, running, now):
        def rank(job):
            return self.key(job, now), job.arrival

        best = min(self.ready, key=rank, default=None)
        if running and not (
            best and self.preempts and self.key(best, now) < self.key(running, now)
        ):
            return running
        if running:
            self.ready.append(running)
        if best:
            self.ready.remove(best)
        return best

    def ran(self, job):
        pass

    def leave(self, job):
        pass


def fcfs():
    return Ranked(lambda job, now: job.ready_at)


def sjf():
    return Ranked(lambda job, now: job.next)


def srtf():
    return Ranked(lambda job, now: job.next, preempts=True)


def hrrn():
    def key(job, now):
        return -Fraction(now - job.ready_at + job.next, job.next)

    return Ranked(key)


def edf():
    return Ranked(lambda job, now: job.deadline, preempts=True)


class Queues:
    """Jobs take turns for a quantum; with several queues they sink."""

    def __init__(self, quanta, boost=None):
        self.quanta, self.boost = quanta, boost
        self.queues = [deque() for _ in quanta]
        self.level, self.had = {}, {}

    def admit(self, job, now):
        level = self.level.setdefault(job, 0)
        self.had.setdefault(job, 0)
        self.queues[level].append(job)

    def decide(self, running, now):
        if running and self.had[running] == self.quanta[self.level[running]]:
            last = len(self.quanta) - 1
            self.level[running] = min(self.level[running] + 1, last)
            self.had[running] = 0
            self.queues[self.level[running]].append(running)
            running = None
        if self.boost and now and now % self.boost == 0:
            jobs = [job for queue in self.queues for job in queue]
            jobs += [running] if running else []
            self.queues = [deque(jobs)] + [deque() for _ in self.quanta[1:]]
            self.level = dict.fromkeys(self.level, 0)
            self.had = dict.fromkeys(self.had, 0)
            running = None
        if running:
            if not any(self.queues[: self.level[running]]):
                return running
            self.queues[self.level[running]].append(running)
        return next((queue.popleft() for queue in self.queues if queue), None)

    def ran(self, job):
        self.had[job] += 1

    def leave(self, job):
        if len(self.quanta) == 1:
            self.had[job] = 0


class Fair:
    """EEVDF: of the jobs that are owed time, the one whose slice is due first."""

    # Linux's weights, for the nice values of the scenes.
    WEIGHTS = {0: 1024, 5: 335, 10: 110}

    def __init__(self, slice):
        self.slice = slice
        self.competing = []
        self.virtual, self.deadline, self.lag = {}, {}, {}

    def weight(self, job):
        return self.WEIGHTS[job.nice]

    def now(self):
        weights = sum(map(self.weight, self.competing))
        times = (self.weight(job) * self.virtual[job] for job in self.competing)
        return sum(times) / weights if weights else Fraction(0)

    def admit(self, job, now):
        others = sum(map(self.weight, self.competing))
        moved = Fraction(others + self.weight(job), others) if others else 1
        self.virtual[job] = self.now() - self.lag.get(job, 0) * moved
        self.request(job)
        self.competing.append(job)

    def request(self, job):
        self.deadline[job] = (
            self.virtual[job] + Fraction(self.slice, self.weight(job))
        )

    def decide(self, running, now):
        if running and self.virtual[running] < self.deadline[running]:
            return running
        if running:
            self.request(running)
        mean = self.now()
        owed = [job for job in self.competing if self.virtual[job] <= mean]
        return min(owed, key=lambda job: self.deadline[job], default=None)

    def ran(self, job):
        self.virtual[job] += Fraction(1, self.weight(job))

    def leave(self, job):
        self.lag[job] = self.now() - self.virtual[job]
        self.competing.remove(job)


def chart_lines(jobs, unit=1, scale=1):
    """A row for each job; a column stands for so many units."""
    width = max(len(job.name) for job in jobs)
    longest = max(len(job.row) for job in jobs)
    columns = -(-longest // unit)
    step = -(-(len(str(columns * unit * scale)) + 1) // 5) * 5
    axis = ""
    for column in range(0, columns + 1, step):
        axis = f"{axis:{column}}{column * unit * scale}"
    yield f"{'':{width}}  {axis}"
    for job in jobs:
        parts = (job.row[at : at + unit] for at in range(0, len(job.row), unit))
        row = "".join(max(part, key=" ░~█".index) for part in parts)
        yield f"{job.name:{width}}  {row}".rstrip()
    if unit * scale > 1:
        yield f"{'':{width}}  (a column is {unit * scale} units)"


def nice_unit(length):
    """How many units a column stands for: 1, 2, 5, 10, 20 and so on."""
    units = (n * 10**zeros for zeros in count() for n in (1, 2, 5))
    return next(unit for unit in units if unit * 60 >= length)


def table_lines(jobs):
    yield "job   arrival  burst  end  turnaround  waiting  response"
    for job in jobs:
        yield (
            f"{job.name:4}  {job.arrival:7}  {job.burst:5}  {job.end:3}"
            f"  {job.turnaround:10}  {job.waiting:7}  {job.response:8}"
        )
    times = ["turnaround", "waiting", "response"]
    turnaround, waiting, response = (mean(jobs, time) for time in times)
    yield f"{'mean':25}  {turnaround:10.2f}  {waiting:7.2f}  {response:8.2f}"


def mean(jobs, time):
    return fmean(getattr(job, time) for job in jobs)


def longest_wait(job):
    waits = job.row.replace("~", " ").replace("█", " ").split()
    return max(map(len, waits), default=0)
