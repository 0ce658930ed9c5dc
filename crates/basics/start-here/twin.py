"""The scenes of start-here in Python: python3 twin.py child"""

import os
import signal
import time
from argparse import ArgumentParser
from multiprocessing import Event, JoinableQueue, Process, Value
from multiprocessing import set_start_method
from threading import Thread

# How long a second of the notes lasts.
SECOND = float(os.environ.get("PACE", "0.1"))


def say(line):
    """Print a line with one write, so that no two lines ever mix."""
    os.write(1, f"{line}\n".encode())


# ── child ──
sent = 0


def send_and_count(name):
    global sent
    sent += 1
    say(f"mail {sent}, to {name}, is sent")


def child():
    process = Process(target=send_and_count, args=("aaa",))
    process.start()
    process.join()
    assert process.exitcode == 0
    say("the child ended well")
    say(f"main has counted {sent}")
    assert sent == 0


# ── mails ──
MAILS = {"aaa": 1.0, "bbb": 2.0, "ccc": 2.5, "ddd": 3.0}


def send(name, seconds):
    time.sleep(seconds * SECOND)
    say(f"mail to {name} is sent")


def mails():
    begin = time.monotonic()
    children = [Process(target=send, args=mail) for mail in MAILS.items()]
    for process in children:
        process.start()
    say("four children are at work")
    # Python too waits at its end for the children that are left, but then
    # it is too late to look at the clock.
    for process in children:
        process.join()
    took = (time.monotonic() - begin) / SECOND
    assert all(process.exitcode == 0 for process in children)
    assert took >= 3
    assert took < sum(MAILS.values())


# ── join ──
def send_or_bounce(name, seconds):
    time.sleep(seconds * SECOND)
    if name == "ccc":
        raise LookupError(f"no such address: {name}")
    say(f"mail to {name} is sent")


def join():
    children = {
        name: Process(target=send_or_bounce, args=(name, seconds))
        for name, seconds in MAILS.items()
    }
    for process in children.values():
        process.start()
    bounced = {}
    for name, process in children.items():
        process.join()
        code = process.exitcode
        say(f"the mail to {name}: {f'exit code {code}' if code else 'ended well'}")
        if code:
            bounced[name] = code
    say("all children have ended")
    assert bounced == {"ccc": 1}


# ── lock ──
def send_all(name, sent):
    for _ in range(25):
        # The lock and the number are two things; nothing but this line
        # makes sure that the one is taken before the other.
        with sent.get_lock():
            sent.value += 1
    say(f"25 mails to {name} are sent")


def lock():
    sent = Value("i", 0)
    children = [
        Process(target=send_all, args=(name, sent)) for name in MAILS
    ]
    for process in children:
        process.start()
    for process in children:
        process.join()
        assert process.exitcode == 0
    say(f"main has counted {sent.value}")
    assert sent.value == 100


# ── queue ──
def send_from(name, mails, sent, may_begin=None):
    if may_begin:
        may_begin.wait()
    while True:
        mail = mails.get()
        time.sleep(SECOND)
        say(f"{name} sends mail {mail}")
        with sent.get_lock():
            sent.value += 1
        mails.task_done()


def queue():
    mails, sent = JoinableQueue(), Value("i", 0)
    for name in ("x", "y", "z"):
        args = (name, mails, sent)
        Process(target=send_from, args=args, daemon=True).start()
    for mail in range(12):
        mails.put(mail)
    say("twelve mails are in the queue")
    mails.join()
    # The queue does not tell how many are unfinished.
    say(f"{sent.value} mails are sent")
    assert sent.value == 12


# ── kill ──
def begin(mails, has_begun):
    mail = mails.get()
    say(f"x has mail {mail} in hand")
    has_begun.set()
    signal.pause()


def kill():
    mails, sent = JoinableQueue(), Value("i", 0)
    has_begun, is_dead = Event(), Event()
    x = Process(target=begin, args=(mails, has_begun))
    x.start()
    for name in ("y", "z"):
        args = (name, mails, sent, is_dead)
        Process(target=send_from, args=args, daemon=True).start()
    for mail in range(3):
        mails.put(mail)
    assert has_begun.wait(timeout=60)
    x.kill()
    x.join()
    assert x.exitcode == -signal.SIGKILL
    is_dead.set()

    # join has no timeout, so it waits in a daemon thread, which need not end.
    joiner = Thread(target=mails.join, daemon=True)
    joiner.start()
    deadline = time.monotonic() + 60
    while sent.value < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    joiner.join(timeout=SECOND)
    assert joiner.is_alive()
    assert sent.value == 2
    say("mail 0 is lost, and join waits for ever")


SCENES = {
    "child": child,
    "mails": mails,
    "join": join,
    "lock": lock,
    "queue": queue,
    "kill": kill,
}

if __name__ == "__main__":
    set_start_method("fork")
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
