"""The scenes of daemon-threads in Python: python3 twin.py son-and-daemon"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from argparse import ArgumentParser
from threading import Event, Thread

SECOND = float(os.environ.get("PACE", "0.1"))  # how long a note-second lasts


def say(line):
    """Print with one write a line, so that lines of threads never mix."""
    os.write(1, f"{line}\n".encode())


def run(program):
    """Play a program in a process of its own; return its exit code."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            program()
            # As the interpreter does at its end: the threads that are no
            # daemons are joined. os._exit leaves the rest out.
            threading._shutdown()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


# ── all-are-daemons ──
def all_are_daemons():
    read, write = os.pipe()

    def son():
        say("start son")
        begun.set()
        time.sleep(2 * SECOND)
        say("end son")
        os.write(write, b"ended")

    def program():
        Thread(target=son).start()
        begun.wait()
        say("main ends")

    begun = Event()
    code = run(program)
    say(f"the program has ended: {'ended well' if code == 0 else code}")
    assert code == 0
    os.close(write)
    # The interpreter has waited for it: it is no daemon unless one says so.
    assert os.read(read, 100) == b"ended"


# ── son-and-daemon ──
def son_and_daemon():
    read, write = os.pipe()
    son_begun, third_call, main_ended, fifth_call = (Event() for _ in range(4))

    def daemon_func():
        son_begun.wait()
        for call in range(1, 100):
            time.sleep(0.5 * SECOND)
            say("daemon thread")
            os.write(write, b"c")
            if call == 3:
                third_call.set()
                main_ended.wait()
            elif call == 5:
                fifth_call.set()
                time.sleep(100 * SECOND)

    def son_func():
        say("start son")
        son_begun.set()
        time.sleep(3 * SECOND)
        fifth_call.wait()
        say("end son")
        os.write(write, b"s")

    def program():
        Thread(target=son_func).start()
        Thread(target=daemon_func, daemon=True).start()
        time.sleep(2 * SECOND)
        third_call.wait()
        say("main thread ends")
        os.write(write, b"m")
        main_ended.set()

    assert run(program) == 0
    os.close(write)
    # Three calls, the end of main, two calls, the end of the son; no more.
    assert os.read(read, 100) == b"cccmccs"


# ── grandson ──
def grandson():
    read, write = os.pipe()

    def works():
        os.write(write, b"done")

    def program():
        Thread(target=lambda: Thread(target=works).start()).start()

    assert run(program) == 0
    os.close(write)
    done = os.read(read, 100) == b"done"
    say(f"the interpreter waited for the grandson: {str(done).lower()}")
    assert done


# ── too-late ──
PROGRAM = """
import atexit, threading, time

def late():
    time.sleep(20)
    print("and waited for")

def daemon():
    main_is_over.wait()
    try:
        threading.Thread(target=late, daemon=False).start()
        print("started, and cut off", flush=True)
    except RuntimeError as error:
        print(f"refused: {error}", flush=True)
    told.set()

def at_the_end():
    main_is_over.set()
    told.wait()

main_is_over, told = threading.Event(), threading.Event()
# It is called when the interpreter has waited for the threads.
atexit.register(at_the_end)
threading.Thread(target=daemon, daemon=True).start()
"""


def too_late():
    command = [sys.executable, "-c", PROGRAM]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30)
    say(f"a thread that a daemon starts at the end: {ended.stdout.strip()}")
    # 3.12 refuses; 3.11 and 3.13 start it and do not wait.
    assert "waited for" not in ended.stdout
    assert ended.stdout.startswith(("started, and cut off", "refused: "))


# ── panic ──
def panic():
    heard = []
    threading.excepthook = lambda args: heard.append(
        f"thread {args.thread.name}: {args.exc_value}"
    )
    eaten = []

    def eat(apple):
        if apple == "rotten":
            raise ValueError(f"a {apple} apple")
        bad.join()
        eaten.append(apple)

    bad = Thread(target=eat, args=("rotten",), name="rotten")
    good = Thread(target=eat, args=("good",), name="good")
    bad.start()
    good.start()
    say("main is done")
    # The interpreter would wait for them, and not tell what it has heard.
    bad.join()
    good.join()
    say(f"{len(eaten)} apple eaten")
    say(heard[0])
    assert eaten == ["good"]
    assert heard == ["thread rotten: a rotten apple"]


# ── half-written ──
def half_written():
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "diary")

        left = after(True, in_place, file)
        say(f'a daemon that writes in place: "{left}"')
        assert left == "new, "

        left = after(True, by_rename, file)
        say(f'a daemon that renames at the end: "{left}"')
        assert left == "old, whole"

        left = after(False, by_rename, file)
        say(f'a thread that is no daemon: "{left}"')
        assert left == "new, whole"


def after(is_daemon, save, path):
    with open(path, "w") as file:
        file.write("old, whole")
    half, goes_on = Event(), Event()

    def write_slowly(file):
        file.write("new, ")
        file.flush()  # or it would still be in Python's buffer
        half.set()
        goes_on.wait(20 * SECOND)
        file.write("whole")
        file.flush()

    def program():
        args = (path, write_slowly)
        Thread(target=save, args=args, daemon=is_daemon).start()
        half.wait()
        if not is_daemon:
            goes_on.set()

    assert run(program) == 0
    with open(path) as file:
        return file.read()


def in_place(path, write_slowly):
    with open(path, "w") as file:
        write_slowly(file)


def by_rename(path, write_slowly):
    with open(f"{path}.new", "w") as file:
        write_slowly(file)
    os.replace(f"{path}.new", path)


SCENES = {
    "all-are-daemons": all_are_daemons,
    "son-and-daemon": son_and_daemon,
    "grandson": grandson,
    "too-late": too_late,
    "panic": panic,
    "half-written": half_written,
}

if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
