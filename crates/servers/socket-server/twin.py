"""The scenes of socket-server in Python: python3 twin.py pool"""

import os
import socket
import struct
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from threading import Lock, Thread, current_thread
from threading import enumerate as threads

from twin_kit import PATIENCE, SECOND, allow_descriptors, ask, connect
from twin_kit import connections, say, serving, visited


# ── one-at-a-time ──
def one_at_a_time():
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.bind(("127.0.0.1", 0))
    server.listen(5)
    with visited(server, first_and_second):
        while True:
            connection, _peer = server.accept()
            # Closes it at the end, which the note does by itself.
            with connection:
                try:
                    while received := connection.recv(1024):
                        connection.sendall(received.upper())
                except ConnectionResetError:
                    say("a client has broken off")


def first_and_second(address):
    with connect(address) as first, connect(address) as second:
        # The kernel completes this connection, and takes the message, before
        # the server knows of either.
        second.sendall(b"second here")
        answers = []
        for message in "hello", "are you there", "bye":
            answers.append(ask(first, message))
            say(f"first: {message} -> {answers[-1]}")
        assert answers == ["HELLO", "ARE YOU THERE", "BYE"]

        second.settimeout(SECOND)
        try:
            early = second.recv(1024).decode()
        except TimeoutError:
            early = "nothing yet"
        say(f"second: {early}")
        assert early == "nothing yet", "while the first is connected"

        first.close()
        second.settimeout(PATIENCE)
        answer = second.recv(1024).decode()
        say(f"second: {answer}")
        assert answer == "SECOND HERE"


# ── thread-per-connection ──
def thread_per_connection():
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.bind(("127.0.0.1", 0))
    server.listen(5)
    with visited(server, five_and_one):
        while True:
            connection, _peer = server.accept()
            Thread(target=talk, args=(connection,), name="talk").start()


def talk(connection):
    with connection:
        try:
            while received := connection.recv(1024):
                connection.sendall(received.upper())
        except ConnectionResetError:
            say("a client has broken off")


def five_and_one(address):
    answers = {}

    # The note's client tells the server its name for ever.
    def task():
        client, name = connect(address), current_thread().name
        answers[name] = client, ask(client, name)
        say(f"{name}: {name} -> {answers[name][1]}")

    tasks = [Thread(target=task, name=f"Thread-{n}") for n in range(1, 6)]
    for thread in tasks:
        thread.start()
    for thread in tasks:
        thread.join()
    assert len(answers) == 5, "and each is still connected"
    assert all(answer == name.upper() for name, (_, answer) in answers.items())
    assert sum(thread.name == "talk" for thread in threads()) == 5
    for client, _ in answers.values():
        client.close()

    # The client of N4.1.
    hello = f"{os.getpid()} say hello"
    with connect(address) as client:
        answer = ask(client, hello)
    say(f"another: {hello} -> {answer}")
    assert answer == hello.upper()


# ── reset ──
def reset():
    broken = Queue()

    def serve(listener):
        for connection, peer in connections(listener):
            Thread(target=talk_carefully, args=(connection, peer)).start()

    def talk_carefully(connection, peer):
        with connection:
            try:
                while received := connection.recv(1024):
                    connection.sendall(received.upper())
            except ConnectionResetError as error:
                broken.put((peer, error))

    with serving(serve) as address, connect(address) as staying:
        say(f"staying: before -> {ask(staying, 'before')}")

        with connect(address) as leaving:
            say(f"leaving: good-bye -> {ask(leaving, 'good-bye')}")
            leaver = leaving.getsockname()
            # Closing would send FIN, which the server reads as the end. With a
            # linger time of zero it sends RST: an error of the read.
            linger = struct.pack("ii", 1, 0)
            leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        (host, port), error = broken.get(timeout=PATIENCE)
        cause = f"{error.strerror} (os error {error.errno})"
        say(f"the server reports: {host}:{port} broke: {cause}")
        assert (host, port) == leaver

        answer = ask(staying, "after")
        say(f"staying: after -> {answer}")
        assert answer == "AFTER"
        with connect(address) as new:
            answer = ask(new, "hello")
        say(f"new: hello -> {answer}")
        assert answer == "HELLO"


# ── pool ──
CLIENTS, THREADS = 1_000, 16


def pool():
    allow_descriptors(2 * CLIENTS + 64)
    lock, serving_now, most_served = Lock(), set(), 0

    # Each worker accepts for itself, so a client waits in the kernel's queue.
    # `submit(talk, connection)` for each client would accept them all, and
    # keep them in the executor's queue, which has no bound.
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
            talk(connection)
            with lock:
                serving_now.remove(peer)

    with serving(serve) as address:
        clients = [connect(address) for _ in range(CLIENTS)]
        say(f"{CLIENTS} clients are connected")
        for number, client in enumerate(clients):
            client.sendall(f"client {number} says hello".encode())
        # They are accepted in the order in which they came. The first sixteen
        # stay until all of them are answered, so each has a thread of its own;
        # then each that has been answered leaves, and makes room.
        answered = most_workers = 0
        for number, client in enumerate(clients):
            if number == THREADS:
                for served in clients[:THREADS]:
                    served.close()
            answer = client.recv(1024).decode()
            answered += answer == f"CLIENT {number} SAYS HELLO"
            if number % 100 == 0:
                workers = sum(it.name.startswith("worker") for it in threads())
                most_workers = max(most_workers, workers)
            if number >= THREADS:
                client.close()
    say(f"{answered} were answered, by {most_workers} threads")
    assert answered == CLIENTS
    assert most_served == THREADS, "sixteen at once, and never more"
    assert most_workers == THREADS


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
