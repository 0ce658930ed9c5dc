"""The scenes of ipc-pipe in Python: python3 twin.py queue"""

import os
from argparse import ArgumentParser
from multiprocessing import Pipe, Process, Queue, set_start_method
from queue import Empty, SimpleQueue
from threading import Thread

# How long a second of the notes lasts.
SECOND = float(os.environ.get("PACE", "0.1"))


def say(line):
    """Print a line with one write, so that no two lines ever mix."""
    os.write(1, f"{line}\n".encode())


def start(target, *args):
    """Start a process that is ended with this one, should this one fail."""
    process = Process(target=target, args=args, daemon=True)
    process.start()
    return process


def ended_well(process):
    """Wait for the end of a process, but not for ever."""
    process.join(timeout=10)
    return process.exitcode == 0


# ── queue ──
def queue():
    items = Queue()
    child = start(thre, items)
    got = items.get(timeout=10)
    say(f"main: got {got[0]} {got[1]} {got[2]}")
    assert got == [1, "xixi", 2]
    assert ended_well(child)

    # A thread has the memory of its process, and needs no argument.
    thread = Thread(target=thre_without_argument)
    thread.start()
    thread.join()
    got = plain.get_nowait()
    say(f"main: got {got[0]} {got[1]} {got[2]} from a thread")
    assert got == [1, "xixi", 2]

    # A child puts its list into its own copy.
    child = start(thre_without_argument)
    assert ended_well(child)
    try:
        plain.get_nowait()
    except Empty:
        say("main: got nothing from a child through a queue for threads")
    else:
        raise AssertionError("the child shares the memory of its parent")


def thre(items):
    items.put([1, "xixi", 2])


plain = SimpleQueue()


def thre_without_argument():
    plain.put([1, "xixi", 2])


# ── copy-not-share ──
def copy_not_share():
    original = [1, 2, 3]
    here, there = Pipe()
    # The name still stands for the list, as if the two shared it.
    here.send(original)
    child = start(change, there, original)
    there.close()
    changed = here.recv()
    say(f"main: the original is still {original}")
    assert changed == [1, 2, 3, 4]
    assert original == [1, 2, 3]
    assert ended_well(child)


def change(conn, original):
    received = conn.recv()
    received.append(4)
    # This is a copy too, made by fork.
    original.append(4)
    say(f"changer: received {received}, inherited {original}")
    conn.send(received)


# ── duplex ──
def duplex():
    here, there = Pipe()
    child = start(f, there)
    # The child has a copy of its end. Left open here, this one would keep
    # recv() from noticing that the child has gone.
    there.close()
    first = here.recv()
    say(f"main: got {first}")
    assert first == "balabala"
    here.send("babababa")
    assert ended_well(child)


def f(conn):
    conn.send("balabala")
    answer = conn.recv()
    say(f"f: got {answer}")
    assert answer == "babababa"


# ── large ──
LENGTH = 8 << 20


def large():
    # Python's pipe holds some 200 KiB: two that only send wait for each other.
    here, there = Pipe()
    senders = [
        start(here.send, "p" * LENGTH),
        start(there.send, "c" * LENGTH),
    ]
    for sender in senders:
        sender.join(timeout=2 * SECOND)
        assert sender.is_alive()
    say("two plain sends are stuck")
    for sender in senders:
        sender.kill()
        sender.join()

    here, there = Pipe()
    child = start(exchange, "child", there, "c", "p")
    there.close()
    exchange("parent", here, "p", "c")
    assert ended_well(child)


def exchange(name, conn, mine, theirs):
    # A thread sends, so that another one can receive meanwhile.
    sender = Thread(target=conn.send, args=(mine * LENGTH,), daemon=True)
    sender.start()
    assert conn.poll(timeout=10)
    assert conn.recv() == theirs * LENGTH
    sender.join(timeout=10)
    assert not sender.is_alive()
    say(f"{name}: sent 8 MiB")


# ── hang-up ──
def hang_up():
    here, there = Pipe()
    child = start(leave, there)
    there.close()
    say(f"main: got {here.recv()}")
    assert is_over(here)
    message = "wait!"
    try:
        here.send(message)
    except BrokenPipeError as error:
        say(f"main: {error}, and {message} was never given away")
    else:
        raise AssertionError("a message was sent to a peer that has ended")
    assert ended_well(child)

    here, there = Pipe()
    victim = start(answer_for_ever, there)
    there.close()
    here.send("hello")
    say(f"main: got {here.recv()}")
    victim.kill()
    assert is_over(here)
    victim.join()

    here, there = Pipe()
    child = start(listen, there, here)
    there.close()
    here.close()
    assert ended_well(child)


def leave(conn):
    conn.send("goodbye")


def answer_for_ever(conn):
    while True:
        conn.send(conn.recv())


def listen(conn, others):
    # A fork copies both ends. Without this the child would hold its parent's
    # end open itself, and wait for ever for a message from itself.
    others.close()
    assert is_over(conn)


def is_over(conn):
    assert conn.poll(timeout=10), "the peer neither sends nor hangs up"
    try:
        conn.recv()
    except EOFError:
        return True
    return False


SCENES = {
    "queue": queue,
    "copy-not-share": copy_not_share,
    "duplex": duplex,
    "large": large,
    "hang-up": hang_up,
}

if __name__ == "__main__":
    set_start_method("fork")  # a child begins as a copy, as in Rust
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
