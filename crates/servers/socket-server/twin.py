"""The scenes of socket-server in Python: python3 twin.py pool"""

import os
import resource
import socket
import struct
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from errno import EINVAL
from queue import Queue
from threading import Barrier, Lock, Thread, active_count, current_thread

PATIENCE = 30  # how many seconds a client waits before it says that it failed


def say(line):
    """Print by one write a line, so lines of several threads never mix."""
    os.write(1, f"{line}\n".encode())


@contextmanager
def serving(serve):
    """Run serve(listener) on a thread of its own until the block ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        # An executor of one thread, so that its error becomes one here.
        with ThreadPoolExecutor(1, thread_name_prefix="server") as server:
            served = server.submit(serve, listener)
            try:
                yield listener.getsockname()
            finally:
                # Wakes whoever waits in accept; closing it would not.
                listener.shutdown(socket.SHUT_RDWR)
            served.result()


def connect(address):
    return socket.create_connection(address, timeout=PATIENCE)


def ask(client, message):
    client.sendall(message.encode())
    answer = receive(client, len(message))
    assert answer == message.upper()
    return answer


def receive(client, size):
    """Read the whole answer: it may come in parts, for TCP has no messages."""
    answer = b""
    while len(answer) < size:
        part = client.recv(size - len(answer))
        if not part:
            raise ConnectionError("the server has closed the connection")
        answer += part
    return answer.decode()


# ── one-at-a-time ──
def connections(listener):
    """Accept clients until the listener is shut down."""
    while True:
        try:
            connection, peer = listener.accept()
        except OSError as error:
            if error.errno != EINVAL:
                raise
            return
        yield connection, peer


def talk(connection):
    with connection:
        while received := connection.recv(1024):
            connection.sendall(received.upper())


def one_at_a_time():
    events = []

    def serve(listener):
        for connection, peer in connections(listener):
            events.append(("accepted", peer))
            talk(connection)
            events.append(("gone", peer))

    with serving(serve) as address:
        with connect(address) as first, connect(address) as second:
            # The kernel has completed this connection, and takes the message,
            # before the server knows of either.
            second.sendall(b"second here")
            for message in "hello", "are you there", "bye":
                say(f"first: {message} -> {ask(first, message)}")
            assert len(events) == 1, "the second is not yet accepted"

            peers = first.getsockname(), second.getsockname()
            first.close()
            say(f"second: second here -> {receive(second, 11)}")
            assert events == [
                ("accepted", peers[0]),
                ("gone", peers[0]),
                ("accepted", peers[1]),
            ]


# ── thread-per-connection ──
def thread_per_connection():
    served_by, answers = set(), {}

    def serve(listener):
        for number, (connection, _) in enumerate(connections(listener), 1):
            name = f"client-{number}"
            Thread(target=serve_one, args=(connection,), name=name).start()

    def serve_one(connection):
        served_by.add(current_thread().name)
        talk(connection)

    # Nobody leaves before all have been answered: a server that takes one at
    # a time would never get there.
    all_answered = Barrier(5, timeout=PATIENCE)

    def task(address):
        name = current_thread().name
        with connect(address) as client:
            answers[name] = ask(client, name)
            all_answered.wait()
        say(f"{name} -> {answers[name]}")

    with serving(serve) as address:
        clients = [
            Thread(target=task, args=(address,), name=f"Thread-{number}")
            for number in range(1, 6)
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    assert not all_answered.broken, "all five were connected at the same time"
    assert answers == {f"Thread-{n}": f"THREAD-{n}" for n in range(1, 6)}
    assert served_by == {f"client-{number}" for number in range(1, 6)}


# ── reset ──
def reset():
    broken = Queue()

    def serve(listener):
        for connection, peer in connections(listener):
            Thread(target=talk_carefully, args=(connection, peer)).start()

    def talk_carefully(connection, peer):
        try:
            talk(connection)
        except ConnectionResetError as error:
            cause = f"{error.strerror} (os error {error.errno})"
            say(f"a client has broken off: {cause}")
            broken.put(peer)

    with serving(serve) as address, connect(address) as staying:
        say(f"staying: {ask(staying, 'before')}")

        with connect(address) as leaving:
            say(f"leaving: {ask(leaving, 'good-bye')}")
            peer = leaving.getsockname()
            # Closing would send FIN, which the server reads as the end. With a
            # linger time of zero it sends RST: an error to whoever reads.
            linger = struct.pack("ii", 1, 0)
            leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        assert broken.get(timeout=PATIENCE) == peer

        say(f"staying: {ask(staying, 'after')}")
        with connect(address) as new:
            say(f"new: {ask(new, 'hello')}")
        assert broken.empty(), "the server goes on with all others"


# ── pool ──
CLIENTS, THREADS = 1_000, 16


def allow_descriptors(needed):
    """Both sides of a connection are in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if needed > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def pool():
    allow_descriptors(2 * CLIENTS + 64)
    lock, serving_now, most_served, workers = Lock(), set(), 0, set()

    # Each worker accepts for itself, so whoever waits does so in the kernel's
    # queue. `submit(talk, connection)` for each client would accept them all,
    # and keep them in the executor's queue, which has no bound.
    def serve(listener):
        with ThreadPoolExecutor(THREADS, "worker") as executor:
            # Asking for the results raises the error of a worker here.
            list(executor.map(work, [listener] * THREADS))

    def work(listener):
        nonlocal most_served
        for connection, peer in connections(listener):
            with lock:
                serving_now.add(peer)
                most_served = max(most_served, len(serving_now))
                workers.add(current_thread().name)
            talk(connection)
            with lock:
                serving_now.remove(peer)

    with serving(serve) as address, ExitStack() as all_clients:
        clients = [
            (all_clients.enter_context(connect(address)), f"client {number}")
            for number in range(CLIENTS)
        ]
        say(f"{CLIENTS} clients are connected")
        for client, message in clients:
            client.sendall(message.encode())
        # They are accepted in the order in which they came. The first sixteen
        # stay until all of them are answered, so each has a thread of its own;
        # then whoever has been answered makes room by going.
        first, waiting = clients[:THREADS], clients[THREADS:]
        for client, message in first:
            assert receive(client, len(message)) == message.upper()
        for client, _ in first:
            client.close()
        most_threads = 0
        for client, message in waiting:
            assert receive(client, len(message)) == message.upper()
            most_threads = max(most_threads, active_count())
            client.close()
    say(f"all were answered, by {THREADS} threads")
    assert most_served == THREADS, "sixteen at once, and never more"
    # Beside them there are this one and the one that has started the pool.
    assert most_threads <= THREADS + 2
    assert len(workers) <= THREADS


SCENES = {
    "one-at-a-time": one_at_a_time,
    "thread-per-connection": thread_per_connection,
    "reset": reset,
    "pool": pool,
}

if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
