"""The scenes of daemon-processes in Python: python3 twin.py watchman"""

import fcntl
import os
import signal
import tempfile
import time
from argparse import ArgumentParser
from multiprocessing import Event, Process, Semaphore, set_start_method
from multiprocessing.connection import wait
from multiprocessing.util import Finalize
from pathlib import Path

# How long a second of the notes lasts.
SECOND = float(os.environ.get("PACE", "0.1"))


def say(line):
    """Print by one write, so that the lines of several processes never mix."""
    os.write(1, f"{line}\n".encode())


# ── watchman ──
def func(started, calls):
    assert started.wait(timeout=60)
    for _ in range(20):
        time.sleep(0.5 * SECOND)
        say("in func")
        calls.release()


def func2(begun, started):
    assert begun.wait(timeout=60)
    say("start : func2")
    started.set()
    time.sleep(5 * SECOND)
    say("end : func2")


def main(calls, ended):
    """The note's program."""
    begun, started = Event(), Event()
    daemon = Process(target=func, args=(started, calls), daemon=True)
    daemon.start()
    other = Process(target=func2, args=(begun, started))
    other.start()
    say("in main")
    begun.set()
    for _ in range(5):
        assert calls.acquire(timeout=60)
    say("finished")
    # Here Python terminates the daemon and joins the other child. What is
    # called after that must be registered with a priority below zero.
    Finalize(None, check, args=(daemon, other, ended), exitpriority=-1)


def check(daemon, other, ended):
    assert daemon.exitcode == -signal.SIGTERM
    assert other.exitcode == 0
    ended.set()


def watchman():
    calls, ended = Semaphore(0), Event()
    program = Process(target=main, args=(calls, ended))
    program.start()
    program.join()
    assert program.exitcode == 0
    assert ended.is_set()
    late = 0
    while calls.acquire(block=False):
        late += 1
    assert late <= 1


# ── parent-killed ──
def watch_for_ever(on_watch):
    say("daemon: on watch")
    on_watch.set()
    signal.pause()


def live(on_watch):
    args = (on_watch,)
    daemon = Process(target=watch_for_ever, args=args, daemon=True)
    daemon.start()
    daemon.join()


def parent_killed():
    on_watch = Event()
    parent = Process(target=live, args=(on_watch,))
    parent.start()
    assert on_watch.wait(timeout=60)
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    daemon = os.pidfd_open(int(children.read_text()))
    try:
        # Python ends its daemons in a function that it calls at its end.
        # SIGKILL calls nothing.
        parent.kill()
        parent.join()
        say(f"parent: killed by {signal.Signals(-parent.exitcode).name}")
        gone = wait([daemon], timeout=SECOND)
        say(f"the daemon is {'gone' if gone else 'left behind'}")
        assert not gone
    finally:
        signal.pidfd_send_signal(daemon, signal.SIGKILL)
        wait([daemon])


# ── service ──
ASKED_TO_END = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


def start(body, pid_file, log):
    """Start a service, and give its pid once it waits for signals."""
    file = lock(pid_file)
    is_ready, ready = os.pipe()
    if os.fork() == 0:
        try:
            # Only the leader of a session can get a terminal for it, and
            # that is this process, which ends at once.
            os.setsid()
            if os.fork() == 0:
                serve(body, file, pid_file, log, ready)
        finally:
            # Neither process may go on with the code of its parent.
            os._exit(0)
    os.wait()
    file.close()
    os.close(ready)
    with open(is_ready) as pipe:
        return int(pipe.read())


def lock(pid_file):
    """Open and lock a pid file. The lock belongs to the open file, and lasts
    until the last process that was forked with it has ended."""
    file = open(pid_file, "a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        pid = file.read().strip() or "that just starts"
        error = f"{pid_file}: process {pid} is running already"
        raise RuntimeError(error) from None
    # The service before may have removed the file since it was opened.
    opened = os.fstat(file.fileno())
    if pid_file.exists() and os.path.samestat(opened, pid_file.stat()):
        file.truncate(0)
        return file
    return lock(pid_file)


def serve(body, file, pid_file, log, ready):
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    output = os.open(log, flags, mode=0o644)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir("/")
    os.umask(0)
    # Blocked, so that body can wait for them (sigtimedwait).
    signal.pthread_sigmask(signal.SIG_SETMASK, ASKED_TO_END)
    print(os.getpid(), file=file, flush=True)
    os.write(ready, str(os.getpid()).encode())
    os.close(ready)
    body()
    pid_file.unlink()


def watch(scene):
    say("on watch")
    while not signal.sigtimedwait(ASKED_TO_END, SECOND):
        # A service goes on, whatever becomes of its parent. But a scene
        # leaves nothing behind.
        if wait([scene], timeout=0):
            return
    say("asked to end")


def end(pid, by):
    pidfd = os.pidfd_open(pid)
    signal.pidfd_send_signal(pidfd, by)
    assert wait([pidfd], timeout=60)


def pid_in(pid_file):
    return int(pid_file.read_text())


def service():
    scene = os.pidfd_open(os.getpid())
    with tempfile.TemporaryDirectory() as folder:
        pid_file, log = Path(folder, "watchman.pid"), Path(folder, "its.log")
        args = (lambda: watch(scene), pid_file, log)
        first = start(*args)
        say("started")
        assert os.getsid(first) not in (os.getsid(0), first)

        try:
            again = start(*args)
        except RuntimeError as error:
            again = error
        say(f"started again: {again}")
        assert f"process {first} is running already" in str(again)
        end(first, signal.SIGTERM)
        assert not pid_file.exists()

        second = start(*args)
        end(second, signal.SIGKILL)
        say("killed by SIGKILL, its pid file is left behind")
        assert pid_in(pid_file) == second

        third = start(*args)
        say("started, it takes over the pid file")
        assert pid_in(pid_file) == third
        end(third, signal.SIGTERM)
        assert not pid_file.exists()

        say("its log:")
        lines = log.read_text().splitlines()
        for line in lines:
            say(f"  {line}")
        assert lines.count("asked to end") == 2


SCENES = {
    "watchman": watchman,
    "parent-killed": parent_killed,
    "service": service,
}

if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    scene = SCENES[parser.parse_args().scene]
    # A child is a copy of its parent, whatever this Python's own default is.
    set_start_method("fork")
    scene()
