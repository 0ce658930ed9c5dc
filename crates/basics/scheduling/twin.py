"""The scenes of scheduling in Python: python3 twin.py round-robin

The policies are in simulator.py, the processes under the kernel's in under_kernel.py.
"""

import os
import signal
import time
from argparse import ArgumentParser
from multiprocessing import Event, Process, set_start_method

import simulator
from simulator import Fair, Job, Queues, chart_lines, edf, fcfs, hrrn
from simulator import longest_wait, mean, schedule, sjf, srtf, table_lines
from under_kernel import overlap, run_on, turns

SECOND = float(os.environ.get("PACE", "0.1"))  # how long a note-second lasts


def say(line):
    """Print a line with one write, so that no two lines ever mix."""
    os.write(1, f"{line}\n".encode())


def chart(jobs, unit=1, scale=1):
    for line in chart_lines(jobs, unit, scale):
        say(line)


def table(jobs):
    for line in table_lines(jobs):
        say(line)


def five_jobs():
    times = [("a", 0, 3), ("b", 2, 6), ("c", 4, 4), ("d", 6, 5), ("e", 8, 2)]
    return [Job(*job) for job in times]


# ── multiprogramming ──
def multiprogramming():
    say("one program after the other")
    serial = [Job("copy", 0, 6, io=(2, 3)), Job("sort", 12, 6, io=(2, 3))]
    schedule(serial, fcfs())
    chart(serial)
    serial_end, serial_idle = end_and_idle(serial)

    say("both at once")
    both = [Job("copy", 0, 6, io=(2, 3)), Job("sort", 0, 6, io=(2, 3))]
    order = schedule(both, fcfs())
    chart(both)
    both_end, both_idle = end_and_idle(both)
    assert both_end < serial_end
    assert both_idle < serial_idle
    assert order == ["copy", "sort"] * 3


def end_and_idle(jobs):
    end = max(job.end for job in jobs)
    idle = end - sum(job.burst for job in jobs)
    say(f"the end at {end}, the core idle for {idle}")
    return end, idle


# ── real-time ──
def real_time():
    def jobs():
        return [
            Job("report", 0, 6, deadline=30),
            Job("film", 1, 4, deadline=14),
            Job("brake", 2, 2, deadline=5),
        ]

    def run(jobs, policy):
        schedule(jobs, policy)
        chart(jobs)
        late = [job.name for job in jobs if job.late]
        say(f"late: {' '.join(late) or 'none'}")
        return late

    say("first come first served")
    assert run(jobs(), fcfs()) == ["brake"]
    say("earliest deadline first")
    by_deadline = jobs()
    assert run(by_deadline, edf()) == []
    assert by_deadline[2].response == 0


# ── concurrent-parallel ──
def concurrent_parallel():
    cores = sorted(os.sched_getaffinity(0))
    burst = int(SECOND * 1e9)
    x, y = run_on(cores[:1], [burst, burst])
    tell("one core", x, y)
    assert max(x[-1][1], y[-1][1]) - min(x[0][0], y[0][0]) >= 2 * burst
    assert len(turns([x, y])) > 2
    assert overlap(x, y) < burst / 100

    for _ in range(20):
        x, y = run_on(cores[:2], [burst, burst])
        if overlap(x, y) >= burst / 50:
            break
    tell("two cores", x, y)
    assert overlap(x, y) >= burst / 50


def tell(cores, x, y):
    length = max(x[-1][1], y[-1][1]) - min(x[0][0], y[0][0])
    both = overlap(x, y) / 1e9 / SECOND
    say(
        f"{cores}: {length / 1e9 / SECOND:.1f} seconds,"
        f" {len(turns([x, y])) - 1} switches,"
        f" both at the same time for {both:.1f} seconds"
    )


# ── states ──
NAMES = {"R": "running", "S": "sleeping", "T": "stopped", "Z": "zombie"}


def states():
    begun, pause, go_on = Event(), Event(), Event()

    def life():
        begun.set()
        while not pause.is_set():
            pass
        go_on.wait()

    child = Process(target=life, daemon=True)
    child.start()
    begun.wait()
    # Ten looks, as one alone might see it just before it goes to sleep.
    looks = []
    for _ in range(10):
        time.sleep(0.1 * SECOND)
        looks.append(state(child.pid))
    say(f"while it computes: {NAMES[looks[0]]}")
    assert looks == ["R"] * 10
    pause.set()
    say(f"while it waits for an event: {reaches(child.pid, 'S')}")
    os.kill(child.pid, signal.SIGSTOP)
    say(f"after SIGSTOP: {reaches(child.pid, 'T')}")
    os.kill(child.pid, signal.SIGCONT)
    go_on.set()
    say(f"after its end: {reaches(child.pid, 'Z')}")
    child.join()
    assert not os.path.exists(f"/proc/{child.pid}")
    say("after the join: no such process")


def reaches(pid, wanted):
    """Wait until the process is in that state."""
    deadline = time.monotonic() + 20 * SECOND
    while (now := state(pid)) != wanted:
        assert time.monotonic() < deadline, f"{now}, not {wanted}"
    return NAMES[now]


def state(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0]


# ── first-come-first-served ──
def first_come_first_served():
    jobs = five_jobs()
    order = schedule(jobs, fcfs())
    chart(jobs)
    table(jobs)
    assert order == ["a", "b", "c", "d", "e"]
    assert mean(jobs, "turnaround") == 8.6
    assert jobs[4].waiting == 5 * jobs[4].burst


# ── shortest-job-first ──
def shortest_job_first():
    jobs = five_jobs()
    schedule(jobs, sjf())
    chart(jobs)
    table(jobs)
    assert mean(jobs, "turnaround") == 7.6
    assert jobs[4].end < jobs[2].end

    say("preemptive: shortest remaining first")
    jobs = five_jobs()
    schedule(jobs, srtf())
    chart(jobs)
    assert mean(jobs, "turnaround") == 7.2

    say("a long job among short ones that keep coming")

    def run(policy):
        jobs = [Job(str(n), 2 * n, 2) for n in range(8)] + [Job("long", 1, 5)]
        return schedule(jobs, policy), jobs[8].response

    order, starved = run(sjf())
    _, served = run(hrrn())
    say(f"shortest job first: it waits for {starved}")
    say(f"highest response ratio: it waits for {served}")
    assert order[-1] == "long"
    assert served < starved


# ── round-robin ──
def round_robin():
    jobs = five_jobs()
    schedule(jobs, Queues([1]))
    chart(jobs)
    table(jobs)
    assert mean(jobs, "turnaround") == 10.8
    assert all(longest_wait(job) <= 4 for job in jobs)

    for quantum in [1, 2, 4, 6]:
        jobs = five_jobs()
        order = schedule(jobs, Queues([quantum]))
        say(
            f"quantum {quantum}: {len(order) - 1} switches,"
            f" mean response {mean(jobs, 'response'):.2f}"
        )
    by_arrival = five_jobs()
    schedule(by_arrival, fcfs())
    assert [job.row for job in jobs] == [job.row for job in by_arrival]


# ── multilevel-feedback ──
def multilevel_feedback():
    jobs = five_jobs()
    schedule(jobs, Queues([1, 2, 4]))
    chart(jobs)
    table(jobs)
    assert all(job.response == 0 for job in jobs)
    by_turns = five_jobs()
    schedule(by_turns, Queues([1]))
    assert jobs[4].end < by_turns[4].end

    def wait(boost):
        jobs = [Job("long", 0, 6)]
        jobs += [Job(str(n), 2 + 2 * n, 2) for n in range(10)]
        schedule(jobs, Queues([2, 4], boost))
        return longest_wait(jobs[0])

    sunk, boosted = wait(None), wait(8)
    say(f"the long job waits for {sunk}, with a boost every 8 for {boosted}")
    assert sunk == 20
    assert boosted < sunk


# ── compare ──
def compare():
    policies = {
        "first come first served": fcfs(),
        "shortest job first": sjf(),
        "shortest remaining first": srtf(),
        "highest response ratio": hrrn(),
        "round robin, quantum 1": Queues([1]),
        "round robin, quantum 4": Queues([4]),
        "multilevel feedback, quanta 1 2 4": Queues([1, 2, 4]),
        "EEVDF, slice 1": Fair(1),
    }
    say(f"{'mean':33} turnaround  response  switches")
    turnarounds, responses = {}, {}
    for name, policy in policies.items():
        jobs = five_jobs()
        order = schedule(jobs, policy)
        turnarounds[name] = mean(jobs, "turnaround")
        responses[name] = mean(jobs, "response")
        say(
            f"{name:33} {turnarounds[name]:10.2f} {responses[name]:9.2f}"
            f" {len(order) - 1:9}"
        )
        assert max(job.end for job in jobs) == 20
    assert min(turnarounds, key=turnarounds.get) == "shortest remaining first"
    assert min(responses, key=responses.get) == "multilevel feedback, quanta 1 2 4"


# ── fair ──
def fair():
    jobs = [Job("a", 0, 30, 0), Job("b", 0, 30, 5), Job("c", 0, 30, 10)]
    schedule(jobs, Fair(1))
    chart(jobs, unit=2)
    until = jobs[0].end
    weights = [Fair.WEIGHTS[job.nice] for job in jobs]
    for job, weight in zip(jobs, weights):
        had = job.row[:until].count("█")
        share = until * weight / sum(weights)
        say(
            f"{job.name}: nice {job.nice}, has had {had} of {until},"
            f" a share of {share:.2f}"
        )
        assert abs(had - share) <= 1
    assert "█" in jobs[2].row[:until]

    say("a job that sleeps most of the time, among two that compute")
    jobs = [Job("film", 0, 40), Job("sort", 0, 40), Job("keys", 1, 4, io=(1, 8))]
    schedule(jobs, Fair(2))
    chart(jobs, unit=2)
    wait = longest_wait(jobs[2])
    say(f"keys waits for the core for {wait} at most")
    assert wait <= 2 * 2


# ── kernel ──
def kernel():
    core = min(os.sched_getaffinity(0))
    bursts = [50, 25, 25]
    children = side_by_side("EEVDF, slice 3000", Fair(3), core, bursts)
    starts = [slices[0][0] for slices in children]
    assert max(starts) < min(slices[-1][1] for slices in children)

    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        say("SCHED_FIFO and SCHED_RR need CAP_SYS_NICE, which is missing here")
        return
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    name = "first come first served"
    children = side_by_side(name, fcfs(), core, bursts, "SCHED_FIFO")
    assert turns(children) == [0, 1, 2]

    quantum = int(open("/proc/sys/kernel/sched_rr_timeslice_ms").read())
    name, bursts = f"round robin, quantum {quantum * 1000}", [quantum * 7 // 5] * 2
    children = side_by_side(name, Queues([quantum]), core, bursts, "SCHED_RR")
    assert turns(children) == [0, 1, 0, 1]


def side_by_side(name, policy, core, bursts, called="SCHED_OTHER"):
    """Print the simulator's schedule above the kernel's; bursts are ms."""
    say(f"the simulator: {name}")
    jobs = [Job("abc"[n], 0, burst) for n, burst in enumerate(bursts)]
    schedule(jobs, policy)
    chart(jobs, simulator.nice_unit(sum(bursts)), scale=1000)
    say(f"the kernel: {called}")
    scheduler = (getattr(os, called), int(called != "SCHED_OTHER"))
    children = run_on([core], [burst * 1_000_000 for burst in bursts], scheduler)
    first = min(slices[0][0] for slices in children)
    last = max(slices[-1][1] for slices in children)
    unit = simulator.nice_unit((last - first) // 1_000_000)
    for job, slices in zip(jobs, children):
        end = (slices[-1][1] - first) // 1_000_000
        job.row = "".join(
            "█" if runs(slices, first + at * 1_000_000) else "░"
            for at in range(end + 1)
        )
    chart(jobs, unit, scale=1000)
    return children


def runs(slices, at):
    return any(a < at + 1_000_000 and at < b for a, b in slices)


SCENES = {
    "multiprogramming": multiprogramming,
    "real-time": real_time,
    "concurrent-parallel": concurrent_parallel,
    "states": states,
    "first-come-first-served": first_come_first_served,
    "shortest-job-first": shortest_job_first,
    "round-robin": round_robin,
    "multilevel-feedback": multilevel_feedback,
    "compare": compare,
    "fair": fair,
    "kernel": kernel,
}

if __name__ == "__main__":
    set_start_method("fork")
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
