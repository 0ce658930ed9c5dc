"""The scenes of selectors-server in Python: python3 twin.py slow-reader"""

import os
import select
import socket
import time
from argparse import ArgumentParser
from collections import deque
from contextlib import ExitStack
from selectors import EVENT_READ, DefaultSelector
from selectors import EpollSelector, PollSelector, SelectSelector
from threading import Thread, active_count

from twin_kit import (
    LIMIT, PATIENCE, SECOND, Server,
    allow_descriptors, ask, connect, leave, load, say, visited,
)


# ── callbacks ──
selector = DefaultSelector()


def accept(listener, _events):
    connection, _peer = listener.accept()
    connection.setblocking(False)
    selector.register(connection, EVENT_READ, read)


def read(connection, _events):
    if received := connection.recv(1024):
        # It may take only a part: see the scene slow-reader.
        connection.send(b"haha+" + received)
    else:
        say("a client has left")
        selector.unregister(connection)
        connection.close()


def callbacks():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1000)
    selector.register(listener, EVENT_READ, accept)
    with visited(listener, three_clients) as have_left:
        while True:
            ready = selector.select()
            if have_left.is_set():
                break
            for key, events in ready:
                key.data(key.fileobj, events)


def three_clients(address):
    clients = {name: connect(address) for name in ("anna", "ben", "cleo")}

    def ask_each(text):
        for name, client in clients.items():
            answer = ask(client, text)
            say(f"{name}: {text} -> {answer}")
            assert answer == f"haha+{text}"

    # Each waits for its answer while the others are connected.
    ask_each("hello")
    ask_each("hello")
    assert active_count() == 2, "this one, and one that serves all three"
    say_leave("ben", clients.pop("ben"))
    ask_each("without ben")
    for name, client in clients.items():
        say_leave(name, client)


def say_leave(name, client):
    with client:
        assert leave(client)
    say(f"{name}: q -> the end")


# ── message-queues ──
def message_queues():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(5)
    inputs, outputs, messages = [listener], [], {}
    # There is no client yet, so the first round finds nothing.
    begin = time.monotonic()
    found = select.select(inputs, outputs, [], SECOND)
    say(WORDS.format(len(inputs), *map(len, found[:2]), len(outputs)))
    assert time.monotonic() - begin >= SECOND

    rounds = 0
    with visited(listener, two_clients) as have_left:
        while True:
            readable, writable, _ = select.select(inputs, outputs, [], SECOND)
            if have_left.is_set():
                break
            if not readable and not writable:
                continue  # The note prints this round as well.
            rounds += 1
            counts = map(len, (inputs, readable, writable, outputs))
            say(WORDS.format(*counts))

            for file in readable:
                if file is listener:
                    client, _peer = listener.accept()
                    client.sendall(b"Hello client-side")
                    inputs.append(client)
                    messages[client] = deque()
                    continue
                try:
                    received = file.recv(1024)
                except OSError:
                    received = b""
                if received:
                    messages[file].append(received)
                    if file not in outputs:
                        outputs.append(file)
                else:
                    # The note leaves it among the outputs, where the next
                    # round looks for its messages: KeyError.
                    for files in inputs, outputs, writable:
                        if file in files:
                            files.remove(file)
                    del messages[file]
                    file.close()
            for client in writable:
                message = messages[client].popleft()
                client.sendall(b"response: " + message)
                if not messages[client]:
                    outputs.remove(client)
    assert rounds <= 11


WORDS = "inputs {}, readable {}, writable {}, outputs {}"


def two_clients(address):
    clients = {}
    for name in "anna", "ben":
        clients[name] = connect(address)
        greeting = clients[name].recv(1024).decode()
        say(f"{name}: {greeting}")
        assert greeting == "Hello client-side"
    for name, client in clients.items():
        answer = ask(client, "hello")
        say(f"{name}: hello -> {answer}")
        assert answer == "response: hello"
    # The server receives 1,024 bytes at a time: these are two messages to it.
    clients["anna"].sendall(b"1" * 1024 + b"2" * 1024)
    answers = clients["anna"].makefile("rb").read(2 * 1034)
    assert answers[10:11] + answers[1044:1045] == b"12"
    for name, client in clients.items():
        say_leave(name, client)


# ── backends ──
SILENT = 400
# The cheapest of three parts counts: other work can only make one dearer.
PART = 1_000


def growth(name, backend):
    alone, beside = cost(backend, 0), cost(backend, SILENT)
    times = f"{alone:.1f}µs a request, {beside:.1f}µs"
    say(f"{name}: {times} beside {SILENT} silent clients")
    return beside / alone


def cost(backend, silent):
    """The processor's time of the server's thread for a request, in µs."""
    server = Server(backend)
    with server.serving() as address, ExitStack() as closing:
        busy = closing.enter_context(connect(address))
        for _ in range(silent):
            closing.enter_context(connect(address))
        load([busy], 1)
        least = float("inf")
        for _ in range(3):
            before = server.cpu_time()
            assert load([busy], PART) == PART
            least = min(least, server.cpu_time() - before)
    return least / PART * 1e6


def backends():
    # A wake-up on another core would cost more than the request.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    by_select = growth("select", SelectSelector)
    by_poll = growth("poll", PollSelector)
    by_epoll = growth("epoll", EpollSelector)
    # select and poll hand the kernel all 401 connections for each request of
    # one; epoll is told of that one alone.
    assert by_select > 2
    assert by_poll > 2
    assert by_epoll < 3.0


# ── thousand ──
def thousand():
    clients, requests = 1_000, 10_000
    allow_descriptors(2 * clients + 64)
    server = Server()
    with server.serving() as address, ExitStack() as closing:
        connected = [
            closing.enter_context(connect(address)) for _ in range(clients)
        ]
        answered, threads = load(connected, requests), active_count()
        say(f"{clients} clients, {answered} requests, {threads} threads")
        assert answered == requests
        assert threads == 2, "the server, and this one with all of its clients"


# ── slow-reader ──
BYTES = 16 << 20  # more than the kernel keeps for a connection


def slow_reader():
    server = Server()
    with server.serving() as address, connect(address) as slow:
        Thread(target=slow.sendall, args=(b"." * BYTES,)).start()
        told = server.events.get(timeout=PATIENCE)
        assert told == ("paused", slow.getsockname())
        before = server.received

        with connect(address) as another:
            answer = ask(another, "hello")
            say(f"another: hello -> {answer}")
            assert answer == "haha+hello"
        assert server.received == before + len("hello")

        dots, prefixes = 0, b""
        while dots < BYTES:
            part = slow.recv(64 * 1024)
            assert part, "the server has closed the connection"
            dots += part.count(b".")
            prefixes += part.replace(b".", b"")
        assert dots == BYTES and not prefixes.replace(b"haha+", b"")
        say(f"slow: has taken {BYTES >> 20} MiB after all")
        assert server.most_owed <= LIMIT + 1024 + len(b"haha+")


# ── select-limit ──
def can_be_watched(client):
    # Registering it would be no error; the next select for all of them would
    # be one, which ends the note's server and its connections.
    try:
        select.select([client], [], [], 0)
    except ValueError:
        return False
    return True


def select_limit():
    allow_descriptors(2_048)
    server = Server(SelectSelector, can_be_watched)
    with server.serving() as address, ExitStack() as closing:
        clients = []
        while True:
            client = closing.enter_context(connect(address))
            try:
                answer = ask(client, "is there room")
            except ConnectionError:
                answer = ""
            if not answer:
                break
            clients.append(client)
        event, (host, port), fd = server.events.get(timeout=PATIENCE)
        say(
            f"{host}:{port} {event}: descriptor {fd} is too large for select, "
            "which watches only those below 1024 (FD_SETSIZE)"
        )
        assert (event, fd >= 1024) == ("refused", True)

        for client in clients:
            assert ask(client, "are you there") == "haha+are you there"
        # The next one is given its descriptor, if the server has closed it.
        clients.pop().close()
        server.events.get(timeout=PATIENCE)
        with connect(address) as next_one:
            answer = ask(next_one, "hello")
        say(f"next: hello -> {answer}")
        assert answer == "haha+hello"


SCENES = {
    "callbacks": callbacks,
    "message-queues": message_queues,
    "backends": backends,
    "thousand": thousand,
    "slow-reader": slow_reader,
    "select-limit": select_limit,
}

if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
