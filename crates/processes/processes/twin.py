"""The scenes of processes in Python: python3 twin.py control"""

import os
import random
import signal
import time
from argparse import ArgumentParser
from contextlib import suppress
from multiprocessing import Event, Pipe, Process, set_start_method
from multiprocessing.connection import wait

# How long a second of the notes lasts, and what randomness begins with.
SECOND = float(os.environ.get("PACE", "0.1"))
SEED = int(os.environ.get("SEED", "1"))


def say(line):
    """Print by one write, so that the lines of several processes never mix."""
    os.write(1, f"{line}\n".encode())


# ── arguments ──
def func(a, b, c, main):
    time.sleep(SECOND)
    say(f"func: {a} {b} {c}, pid {os.getpid()}, parent {os.getppid()}")
    assert os.getppid() == main
    return a + b + c  # to nobody: the parent cannot get it


def arguments():
    main = os.getpid()
    say(f"main: pid {main}")
    child = Process(target=func, args=(1, 2, 3, main))
    child.start()
    child.join()
    assert child.exitcode == 0
    say(f"main: pid {child.pid} ended well")
    assert child.pid != main


# ── isolation ──
def eat(apples):
    assert len(apples) == 10
    apples.clear()
    say(f"eater: {len(apples)} apples at {id(apples):#x}")


def isolation():
    apples = ["apple"] * 10
    say(f"main: {len(apples)} apples at {id(apples):#x}")
    child = Process(target=eat, args=(apples,))
    child.start()
    child.join()
    assert child.exitcode == 0
    say(f"main: {len(apples)} apples at {id(apples):#x}")
    assert len(apples) == 10


# ── control ──
def end_after(asked):
    asked.wait(timeout=60)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    time.sleep(SECOND)
    say("func: this is never said")


def control():
    asked = Event()
    # A child inherits the mask, and this one holds SIGTERM back until it is
    # told. Without that it may be dead before anybody looks.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    child = Process(target=end_after, args=(asked,), name="func")
    child.start()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    say(f"{child.name} has pid {child.pid}")
    alive = child.is_alive()
    say(f"alive: {alive}".lower())
    assert alive

    child.terminate()
    alive = child.is_alive()
    say(f"alive right after terminate: {alive}".lower())
    assert alive

    asked.set()
    child.join()
    alive = child.is_alive()
    say(f"alive in the end: {alive}".lower())
    assert not alive
    assert child.exitcode == -signal.SIGTERM


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
    assert took < 0.8 * sum(mails.values())


# ── own-type ──
class MyProcess(Process):
    def __init__(self, a, b):
        super().__init__()  # else start() fails: Process has set up nothing
        self.a = a
        self.b = b

    def run(self):
        say(f"{os.getpid()} {self.a} {self.b}")
        assert (self.a, self.b) == (1, 2)
        self.func()

    def func(self):
        say("in func")


def own_type():
    child = MyProcess(1, 2)
    child.start()
    child.join()
    assert child.exitcode == 0


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


# ── zombie ──
def state(pid):
    """What a process is doing, in the word that the kernel has for it."""
    try:
        with open(f"/proc/{pid}/status") as status:
            [line] = [line for line in status if line.startswith("State:")]
    except (FileNotFoundError, ProcessLookupError):
        return "gone"
    return line[line.index("(") + 1 : line.index(")")]


def zombie():
    child = Process(target=say, args=("child: I am done",))
    child.start()
    # A join that leaves the child as it is.
    exit = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

    after_its_end = state(child.pid)
    say(f"after its end: {after_its_end}")
    assert after_its_end == "zombie"

    child.join()
    assert child.exitcode == exit.si_status == 0
    after_join = state(child.pid)
    say(f"after join: {after_join}")
    assert after_join == "gone"


# ── orphans ──
def live(births, who, *below):
    """Tell the pid and wait for ever, and so do all that come below."""
    say(f"{who}: alive")
    births.send(os.getpid())
    if below:
        Process(target=live, args=(births, *below)).start()
    signal.pause()


def orphans():
    births, told = Pipe(duplex=False)
    three = ("parent", "child", "grandchild")
    parent = Process(target=live, args=(told, *three))
    parent.start()
    told.close()  # else recv waits on even when nobody is left to tell
    pidfds = []  # unlike a pid, a pidfd never comes to mean another process
    try:
        for _ in three:
            pidfds.append(os.pidfd_open(births.recv()))
        parent.kill()
        parent.join()
        say("the parent is killed")

        left = []
        for who, pidfd in zip(three, pidfds):
            if wait([pidfd], timeout=SECOND):  # ready once it has ended
                say(f"{who}: gone")
            else:
                say(f"{who}: left behind")
                left.append(who)
        assert left == ["child", "grandchild"]
    finally:
        for pidfd in pidfds:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            wait([pidfd])


SCENES = {
    "arguments": arguments,
    "isolation": isolation,
    "control": control,
    "mails": mails,
    "own-type": own_type,
    "endings": endings,
    "zombie": zombie,
    "orphans": orphans,
}

if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    scene = SCENES[parser.parse_args().scene]
    # A child is a copy of its parent, whatever this Python's own default is.
    set_start_method("fork")
    scene()
