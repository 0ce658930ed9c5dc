"""The scenes of selectors-server in Python: python3 twin.py slow-reader"""

import os
import select
import time
from argparse import ArgumentParser
from collections import deque
from contextlib import ExitStack
from queue import Queue
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from selectors import EpollSelector, PollSelector, SelectSelector
from threading import Thread, active_count

from twin_kit import (
    PATIENCE, Server, allow_descriptors, ask, connect, load, receive, say
)


# ── callbacks ──
class Callbacks(Server):
    """What is registered with each file is its callback."""

    def __init__(self, selector=DefaultSelector):
        super().__init__()
        self.selector, self.clients, self.gone = selector(), {}, Queue()
        self.selector.register(self.listener, EVENT_READ, self.accept)
        self.selector.register(self.stopped, EVENT_READ, self.stop)

    def serve(self):
        self.running = True
        while self.running:
            for key, events in self.selector.select():
                key.data(key.fileobj, events)
        for file in *self.clients, self.listener, self.stopped, self.selector:
            file.close()

    def stop(self, _stopped, _events):
        self.running = False

    def accept(self, listener, _events):
        client, peer = listener.accept()
        client.setblocking(False)
        self.welcome(client, peer)

    def welcome(self, client, peer):
        self.clients[client] = peer
        self.selector.register(client, EVENT_READ, self.read)

    def read(self, client, _events):
        try:
            if received := client.recv(1024):
                # An error if the client does not take it: see slow-reader.
                client.sendall(b"haha+" + received)
            else:
                self.close(client)
        except OSError:
            self.close(client)

    def close(self, client):
        self.selector.unregister(client)
        client.close()
        self.gone.put(self.clients.pop(client))


def callbacks():
    server = Callbacks()
    with server.serving() as address, ExitStack() as closing:
        names = "anna", "ben", "cleo"
        clients = {n: closing.enter_context(connect(address)) for n in names}
        # Each waits for its answer while the others' connections stand open.
        for text in "hello", "still here":
            for name, client in clients.items():
                say(f"{name}: {text} -> {ask(client, text)}")
        assert len(server.clients) == 3

        ben = clients.pop("ben")
        peer = ben.getsockname()
        ben.close()
        assert server.gone.get(timeout=PATIENCE) == peer

        for name, client in clients.items():
            say(f"{name}: without ben -> {ask(client, 'without ben')}")
        assert len(server.clients) == 2


# ── message-queues ──
GREETING = "Hello client-side"


class MessageQueues(Server):
    """The note's inputs, outputs and messages, and what each round found."""

    def __init__(self):
        super().__init__()
        self.inputs, self.messages, self.rounds = [self.listener], {}, []

    def serve(self):
        while True:
            # Only who is owed an answer: a connection can nearly always be
            # written to, and would never let select wait.
            outputs = [it for it, owed in self.messages.items() if owed]
            watched = [*self.inputs, self.stopped]
            readable, writable, _ = select.select(watched, outputs, [])
            if self.stopped in readable:
                break
            counts = self.inputs, readable, writable, outputs
            self.rounds.append([len(files) for files in counts])
            for file in readable:
                if file is self.listener:
                    self.accept()
                else:
                    self.take_in(file)
            for client in writable:
                if client in self.messages:
                    self.give_out(client)
        for file in watched:
            file.close()

    def accept(self):
        client, _ = self.listener.accept()
        client.setblocking(False)
        client.sendall(GREETING.encode())
        self.inputs.append(client)
        self.messages[client] = deque()

    def take_in(self, client):
        try:
            received = client.recv(1024)
        except OSError:
            received = b""
        if received:
            self.messages[client].append(received)
        else:
            self.close(client)

    def give_out(self, client):
        # What select calls writable has room for far more than an answer.
        try:
            client.sendall(b"response: " + self.messages[client].popleft())
        except OSError:
            self.close(client)

    def close(self, client):
        self.inputs.remove(client)
        del self.messages[client]
        client.close()


def message_queues():
    server = MessageQueues()
    with (
        server.serving() as address,
        connect(address) as anna,
        connect(address) as ben,
    ):
        for client in anna, ben:
            assert receive(client, len(GREETING)) == GREETING
        say(f"both were told: {GREETING}")
        for text in "hello", "how are you":
            say(f"anna: {text} -> {ask(anna, text, 'response: ')}")
            say(f"ben: {text} -> {ask(ben, text, 'response: ')}")

        rounds = list(server.rounds)
        # A client comes, and a client is answered.
        answering = next(it for it in rounds if it[3])
        words = "inputs {}, readable {}, writable {}, outputs {}"
        say(words.format(*rounds[0]))
        say(words.format(*answering))
        assert max(inputs for inputs, *_ in rounds) == 3
        assert len(rounds) <= 10

        # The server reads 1,024 bytes at a time: a hundred messages to it.
        long = "".join(str(number) for number in range(10_000, 30_000))
        anna.sendall(long.encode())
        answer = b""
        while len(answer.translate(None, b"response: ")) < len(long):
            part = anna.recv(64 * 1024)
            assert part, "the server has closed the connection"
            answer += part
        parts = answer.count(b"response: ")
        say(f"anna: {len(long)} bytes -> in {parts} answers")
        assert answer.replace(b"response: ", b"") == long.encode()


# ── backends ──
SILENT, REQUESTS = 400, 3_000


class Measured(Callbacks):
    def serve(self):
        super().serve()
        self.used = time.thread_time()  # the processor's time of this thread


def cost(name, selector):
    server = Measured(selector)
    with server.serving() as address, ExitStack() as closing:
        busy = closing.enter_context(connect(address))
        for _ in range(SILENT):
            closing.enter_context(connect(address))
        answered = load([busy], REQUESTS)
    used = server.used / answered * 1e6
    requests = f"{answered} requests answered"
    say(f"{name}: {requests}, {used:.1f} µs of the processor each")
    assert answered == REQUESTS
    return used


def backends():
    # A wake-up on another core would cost more than the request.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    by_select = cost("select", SelectSelector)
    by_poll = cost("poll", PollSelector)
    by_epoll = cost("epoll", EpollSelector)
    # select and poll hand the kernel all 401 connections for each request of
    # one; epoll is told of that one alone.
    assert by_epoll < 0.8 * by_poll
    assert by_epoll < 0.8 * by_select


# ── thousand ──
def thousand():
    clients, requests = 1_000, 10_000
    allow_descriptors(2 * clients + 64)
    server = Callbacks()
    with server.serving() as address, ExitStack() as closing:
        connected = [
            closing.enter_context(connect(address)) for _ in range(clients)
        ]
        answered, threads = load(connected, requests), active_count()
        say(f"{clients} clients, {answered} requests, {threads} threads")
        assert answered == requests
        assert len(server.clients) == clients, "all of them at the same time"
        assert threads == 2, "the server, and this one with all of its clients"


# ── slow-reader ──
LIMIT = 64 * 1024  # so many bytes may a client be owed and still be read from
BYTES = 16 << 20  # more than the kernel keeps for a connection


class Patient(Callbacks):
    """Keeps what a client does not take, and reads no more from it then."""

    def __init__(self):
        super().__init__()
        self.owed, self.ended, self.most_owed = {}, set(), 0
        self.events = Queue()

    def read(self, client, events):
        owed = self.owed.setdefault(client, bytearray())
        try:
            if events & EVENT_READ:
                if received := client.recv(1024):
                    owed += b"haha+" + received
                else:
                    self.ended.add(client)
            if owed:
                del owed[: client.send(owed)]
        except BlockingIOError:
            pass
        except OSError:
            self.close(client)
            return
        self.most_owed = max(self.most_owed, len(owed))
        self.watch(client, len(owed))

    def close(self, client):
        super().close(client)
        del self.owed[client]
        self.ended.discard(client)

    def watch(self, client, owed):
        before = self.selector.get_key(client).events
        # It is read from again when it has taken half, or it would be paused
        # and resumed with every answer.
        limit = LIMIT if before & EVENT_READ else LIMIT // 2
        after = EVENT_WRITE if owed else 0
        if owed < limit and client not in self.ended:
            after |= EVENT_READ
        if not after:
            self.close(client)
        elif after != before:
            self.selector.modify(client, after, self.read)
            if (before ^ after) & EVENT_READ:
                event = "resumed" if after & EVENT_READ else "paused"
                self.events.put((event, self.clients[client]))


def slow_reader():
    server = Patient()
    with server.serving() as address, connect(address) as slow:
        peer = slow.getsockname()
        Thread(target=slow.sendall, args=(b"." * BYTES,)).start()
        assert server.events.get(timeout=PATIENCE) == ("paused", peer)

        with connect(address) as another:
            say(f"another: {ask(another, 'hello')}")

        dots, prefixes = 0, b""
        while dots < BYTES:
            part = slow.recv(64 * 1024)
            assert part, "the server has closed the connection"
            dots += part.count(b".")
            prefixes += part.replace(b".", b"")
        assert dots == BYTES and not prefixes.replace(b"haha+", b"")
        say(f"slow: has taken {BYTES >> 20} MiB after all")
        assert server.events.get(timeout=PATIENCE) == ("resumed", peer)
        assert server.most_owed <= LIMIT + 1024 + len(b"haha+")


# ── select-limit ──
class Refusing(Callbacks):
    """Asks select about each client before it watches it with the others."""

    def __init__(self):
        super().__init__(SelectSelector)
        self.refused = Queue()

    def welcome(self, client, peer):
        # Registering it would be no error; the next select for all of them
        # would be one, which ends the note's server and its connections.
        try:
            select.select([client], [], [], 0)
        except ValueError:
            self.refused.put(client.fileno())
            client.close()
        else:
            super().welcome(client, peer)


def select_limit():
    allow_descriptors(2_048)
    server = Refusing()
    with server.serving() as address, ExitStack() as closing:
        clients = []
        try:
            while True:
                client = closing.enter_context(connect(address))
                ask(client, "is there room")
                clients.append(client)
        except ConnectionError:
            client.close()
        fd = server.refused.get(timeout=PATIENCE)
        say(
            f"select: the next one is refused, for descriptor {fd} is too "
            "large for select, which watches only those below 1024 "
            "(FD_SETSIZE)"
        )
        assert fd >= 1024

        for client in clients:
            ask(client, "are you there")
        # The next one is given its descriptor, if the server has closed it.
        clients.pop().close()
        server.gone.get(timeout=PATIENCE)
        with connect(address) as next_one:
            ask(next_one, "is there room now")


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
