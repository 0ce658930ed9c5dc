"""The scenes of processes in Python: python3 twin.py control"""

import os
import random
import signal
import subprocess
import time
from argparse import ArgumentParser
from contextlib import suppress
from multiprocessing import Event, Process, set_start_method
from multiprocessing.connection import wait
from pathlib import Path

# How long a second of the notes lasts, and what randomness begins with.
SECOND = float(os.environ.get("PACE", "0.1"))
SEED = int(os.environ.get("SEED", "1"))


def say(line):
    """Print by one write, so that the lines of several processes never mix."""
    os.write(1, f"{line}\n".encode())


def status(pid):
    """What the kernel says of a process, or nothing if there is none."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return dict(line.split(":\t", 1) for line in lines)


def parent(pid):
    return int(status(pid)["PPid"])


# ── beginnings ──
def first_ancestor(pid):
    above = parent(pid)
    return first_ancestor(above) if above else pid


def run(name, before):
    say(f"the batch has started {name}")
    if before:
        assert not status(before)
    time.sleep(0.5 * SECOND)


def beginnings():
    # 1. With the system.
    first = first_ancestor(os.getpid())
    say(f"the kernel has started process {first}")
    assert parent(first) == 0

    # 2. By a running process.
    child = Process(target=time.sleep, args=(10 * SECOND,), daemon=True)
    child.start()
    say(f"process {os.getpid()} has started process {child.pid}")
    assert parent(child.pid) == os.getpid()

    # 3. By a request of a user.
    line = "sh -c 'echo $$ $PPID'; echo $$"
    printed = subprocess.check_output(["sh", "-c", line], text=True)
    program, its_parent, shell = map(int, printed.split())
    say(f"the shell {shell} has started process {program}")
    assert program != shell and its_parent == shell

    # 4. By a batch.
    before = None
    for name in ("job 1", "job 2", "job 3"):
        job = Process(target=run, args=(name, before))
        job.start()
        job.join()
        assert job.exitcode == 0
        before = job.pid


# ── endings ──
FATAL = {
    signal.SIGSEGV,
    signal.SIGBUS,
    signal.SIGFPE,
    signal.SIGILL,
    signal.SIGABRT,
    signal.SIGTRAP,
    signal.SIGSYS,
}


def ending(exitcode):
    """What an exit code says; below zero it is the number of a signal."""
    if exitcode == 0:
        return "ended well"
    if exitcode > 0:
        return f"exit code {exitcode}"
    by = signal.Signals(-exitcode)
    return f"{'fatal error,' if by in FATAL else 'killed by'} {by.name}"


def endings():
    children = (
        Process(name="normal", target=say, args=("normal: done",)),
        # There is no a.py; the traceback goes to standard error.
        Process(name="error", target=open, args=("a.py",)),
        # A wrong memory access in a library written in C ends like this.
        Process(name="fatal", target=os.abort),
        Process(name="victim", target=signal.pause, daemon=True),
    )
    for child in children:
        child.start()
        if child.name == "victim":
            child.kill()
        child.join()
        say(f"{child.name}: {ending(child.exitcode)}")
    exits = [child.exitcode for child in children]
    assert exits == [0, 1, -signal.SIGABRT, -signal.SIGKILL]


# ── arguments ──
def func(a, b, c, main):
    time.sleep(SECOND)
    say(f"func: {a} {b} {c}, pid {os.getpid()}, parent {os.getppid()}")
    assert os.getpid() != main
    assert os.getppid() == main
    return a + b + c  # is lost: the parent cannot get it


def arguments():
    main = os.getpid()
    say(f"main: pid {main}")
    child = Process(target=func, args=(1, 2, 3, main))
    child.start()
    child.join()
    assert child.exitcode == 0
    say(f"main: pid {child.pid} ended well")


# ── isolation ──
def eat(apples, at):
    assert len(apples) == 10
    apples.clear()
    say(f"eater: {len(apples)} apples at {id(apples):#x}")
    assert len(apples) == 0 and id(apples) == at


def isolation():
    apples = ["apple"] * 10
    at = id(apples)
    say(f"main: {len(apples)} apples at {at:#x}")
    child = Process(target=eat, args=(apples, at))
    child.start()
    child.join()
    assert child.exitcode == 0
    say(f"main: {len(apples)} apples at {at:#x}")
    assert len(apples) == 10


# ── control ──
def never_done(a, b, c):
    time.sleep(SECOND)
    ids = f"pid {os.getpid()}, parent {os.getppid()}"
    say(f"func: {a} {b} {c}, {ids}, is never said")


def control():
    args = (1, 2, 3)
    child = Process(target=never_done, args=args, name="func")
    child.start()
    # A stopped process sees no SIGTERM. Without that it may be dead before
    # its parent looks.
    os.kill(child.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
    alive = child.is_alive()
    say(f"alive: {alive}".lower())
    assert alive

    child.terminate()
    alive = child.is_alive()
    say(f"alive right after terminate: {alive}".lower())
    assert alive

    os.kill(child.pid, signal.SIGCONT)
    time.sleep(0.1 * SECOND)
    child.join()
    alive = child.is_alive()
    say(f"alive a tenth of a second later: {alive}".lower())
    assert not alive
    assert child.exitcode == -signal.SIGTERM

    say(f"name: {child.name}")
    say(f"pid: {child.pid}")


# ── zombie ──
def state(pid):
    """What a process is doing, in the word that the kernel has for it."""
    return status(pid).get("State", "- (gone)").partition("(")[2].rstrip(")")


def zombie():
    child = Process(target=say, args=("child: I am done",))
    child.start()
    # A join that leaves the child as it is.
    exit = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    after_its_end = state(child.pid)
    say(f"after its end: {after_its_end}, {ending(exit.si_status)}")
    assert after_its_end == "zombie"

    child.join()
    after_join = state(child.pid)
    say(f"after join: {after_join}, {ending(child.exitcode)}")
    assert after_join == "gone"


# ── orphans ──
def descendants(pid):
    path = Path(f"/proc/{pid}/task/{pid}/children")
    children = path.read_text().split()
    return [pid for child in children for pid in (child, *descendants(child))]


def live(all_live, name, *below):
    """Wait for ever, and so do all that come below."""
    say(f"{name}: alive")
    if below:
        Process(target=live, args=(all_live, *below)).start()
    else:
        all_live.set()
    signal.pause()


def orphans():
    all_live = Event()
    names = ("parent", "child", "grandchild")
    parent = Process(target=live, args=(all_live, *names))
    parent.start()
    assert all_live.wait(timeout=60)
    below = descendants(parent.pid)
    # Unlike a pid, a pidfd never comes to mean another process.
    pidfds = [os.pidfd_open(int(pid)) for pid in below]
    try:
        assert len(below) == 2
        parent.kill()
        parent.join()
        say(f"parent: {ending(parent.exitcode)}")

        left = 0
        for pidfd, name in zip(pidfds, ("child", "grandchild")):
            gone = wait([pidfd], timeout=SECOND)  # ready once it has ended
            say(f"{name}: {'gone' if gone else 'left behind'}")
            left += not gone
        assert left == 2
    finally:
        for pidfd in pidfds:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            wait([pidfd])


# ── mails ──
def send_mail(name, seconds):
    time.sleep(seconds * SECOND)
    say(f"mail to {name} is sent")


def mails():
    say(f"── seed {SEED}")
    # Drawn here: Python gives every child a new random seed of its own.
    rng = random.Random(SEED)
    mails = {name: rng.uniform(1, 3) for name in ("aaa", "bbb", "ccc", "ddd")}

    begin = time.monotonic()
    senders = [Process(target=send_mail, args=mail) for mail in mails.items()]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    say("all mails are sent")

    took = (time.monotonic() - begin) / SECOND
    assert all(sender.exitcode == 0 for sender in senders)
    assert took >= max(mails.values())
    assert took < sum(mails.values())


# ── own-type ──
MAIN = os.getpid()


class MyProcess(Process):
    def __init__(self, a, b):
        super().__init__()  # else start() fails: Process has set up nothing
        self.a = a
        self.b = b

    def run(self):
        say(f"{os.getpid()} {self.a} {self.b}")
        assert os.getpid() != MAIN
        self.func()

    def func(self):
        say("in func")


def own_type():
    child = MyProcess(1, 2)
    child.start()
    child.join()
    assert child.exitcode == 0


SCENES = {
    "beginnings": beginnings,
    "endings": endings,
    "arguments": arguments,
    "isolation": isolation,
    "control": control,
    "zombie": zombie,
    "orphans": orphans,
    "mails": mails,
    "own-type": own_type,
}

if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    scene = SCENES[parser.parse_args().scene]
    # A child is a copy of its parent, whatever this Python's own default is.
    set_start_method("fork")
    scene()
