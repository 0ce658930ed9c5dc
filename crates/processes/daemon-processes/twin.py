"""The scenes of daemon-processes in Python: python3 twin.py watchman"""

import fcntl
import os
import signal
import tempfile
import time
import traceback
from argparse import ArgumentParser
from contextlib import suppress
from multiprocessing import Event, Pipe, Process, Semaphore, set_start_method
from multiprocessing.connection import wait
from pathlib import Path

# How long a second of the notes lasts.
SECOND = float(os.environ.get("PACE", "0.1"))


def say(line):
    """Print by one write, so that the lines of several processes never mix."""
    os.write(1, f"{line}\n".encode())


class Service:
    """A daemon as the system knows it, see daemon(7)."""

    ASKED_TO_END = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}

    def __init__(self, pid_file, log):
        # Absolute, because the service will be in another folder.
        self.pid_file = pid_file.absolute()
        self.log = log.absolute()

    def start(self, body):
        """Start it, and give its pid once it waits for signals."""
        pid_file = self._lock()
        ready, is_ready = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(ready)
            self._leave_the_family(pid_file, is_ready, body)
        pid_file.close()
        os.close(is_ready)
        os.waitpid(child, 0)
        with open(ready) as pipe:
            pid = pipe.read()
        if not pid:
            raise RuntimeError(f"{self.log}: the service has died")
        return int(pid)

    def _lock(self):
        """Open and lock the pid file. The lock lasts as long as the service:
        it belongs to the open file, and goes on to those forked with it."""
        while True:
            file = open(self.pid_file, "a+")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                pid = file.read().strip() or "that just starts"
                error = f"{self.pid_file}: process {pid} is running already"
                raise RuntimeError(error) from None
            # The service before may have removed the file meanwhile; then
            # this lock keeps nobody from making a new one.
            with suppress(FileNotFoundError):
                if os.path.samestat(
                    os.fstat(file.fileno()), self.pid_file.stat()
                ):
                    file.truncate(0)
                    return file

    def _leave_the_family(self, pid_file, is_ready, body):
        """Make a session, and a child in it that is the service, and end.

        A session's leader may get it a terminal, but that is this process.
        """
        code = 1
        try:
            os.setsid()
            if os.fork() == 0:
                self._serve(pid_file, is_ready, body)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            # Neither process may go on with the code of its parent.
            os._exit(code)

    def _serve(self, pid_file, is_ready, body):
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        log = os.open(self.log, flags, mode=0o644)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.chdir("/")
        os.umask(0)
        # Blocked, so that body can wait for them (sigtimedwait).
        signal.pthread_sigmask(signal.SIG_SETMASK, self.ASKED_TO_END)
        try:
            pid_file.write(f"{os.getpid()}\n")
            pid_file.flush()
            os.write(is_ready, str(os.getpid()).encode())
            os.close(is_ready)
            body()
        finally:
            self.pid_file.unlink()


# ── watchman ──
def func(started, calls):
    assert started.wait(timeout=60)
    for _ in range(20):
        time.sleep(0.5 * SECOND)
        say("in func")
        calls.release()


def func2(begun, started, watched, outlived):
    assert begun.wait(timeout=60)
    say("start : func2")
    started.set()
    time.sleep(5 * SECOND)
    # Left to itself the daemon would end in the tenth second.
    assert wait([watched], timeout=4 * SECOND)
    say("end : func2")
    outlived.set()


def main(outlived):
    """The note's program."""
    begun, started, calls = Event(), Event(), Semaphore(0)
    daemon = Process(target=func, args=(started, calls), daemon=True)
    daemon.start()
    args = (begun, started, daemon.sentinel, outlived)
    Process(target=func2, args=args).start()
    say("in main")
    begun.set()
    for _ in range(5):
        assert calls.acquire(timeout=60)
    say("finished")
    # Here Python terminates the daemon and joins the other child.


def watchman():
    # What comes after the end of main can be seen from outside only.
    outlived = Event()
    program = Process(target=main, args=(outlived,))
    program.start()
    program.join()
    assert program.exitcode == 0
    assert outlived.is_set()


# ── parent-killed ──
def watch_for_ever(births):
    say("daemon: on watch")
    births.send(os.getpid())
    signal.pause()


def live(births):
    daemon = Process(target=watch_for_ever, args=(births,), daemon=True)
    daemon.start()
    daemon.join()


def parent_killed():
    births, told = Pipe(duplex=False)
    parent = Process(target=live, args=(told,))
    parent.start()
    told.close()  # else recv waits on even when nobody is left to tell
    daemon = os.pidfd_open(births.recv())
    try:
        # Python ends its daemons in a function that it calls at its end.
        # SIGKILL calls nothing.
        parent.kill()
        parent.join()
        say("the parent is killed")
        gone = wait([daemon], timeout=SECOND)
        say(f"the daemon is {'gone' if gone else 'left behind'}")
        assert not gone
    finally:
        signal.pidfd_send_signal(daemon, signal.SIGKILL)
        wait([daemon])


# ── service ──
def watch(scene):
    say("on watch")
    while not signal.sigtimedwait(Service.ASKED_TO_END, SECOND):
        # A service goes on, whatever becomes of those who have started it.
        # But a scene leaves nothing behind.
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
        daemon = Service(pid_file, log)
        first = daemon.start(lambda: watch(scene))
        say("started")
        assert os.getsid(first) not in (os.getsid(0), first)

        try:
            again = daemon.start(lambda: watch(scene))
        except RuntimeError as error:
            again = error
        say(f"started again: {again}")
        assert f"process {first} is running already" in str(again)
        end(first, signal.SIGTERM)
        assert not pid_file.exists()

        second = daemon.start(lambda: watch(scene))
        end(second, signal.SIGKILL)
        say("killed, its pid file is left behind")
        assert pid_in(pid_file) == second

        third = daemon.start(lambda: watch(scene))
        say("started, it takes over the pid file")
        assert pid_in(pid_file) == third
        end(third, signal.SIGINT)
        assert not pid_file.exists()

        say("its log:")
        for line in log.read_text().splitlines():
            say(f"  {line}")


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
