"""What the scenes in twin.py need and the notes do not have.

The clients; and the server of the later scenes, which keeps what a client does
not take.
"""

import os
import resource
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import Queue
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from threading import Event, get_native_id

PATIENCE = 30  # how many seconds a client waits before it says that it failed
# How long a second of the notes lasts.
SECOND = float(os.environ.get("PACE", "0.1"))


def say(line):
    """Print by one write a line, so lines of several threads never mix."""
    os.write(1, f"{line}\n".encode())


@contextmanager
def visited(server, visit):
    """Run visit(address) on a thread while this block serves.

    The block is given an event: all clients have left. The listener is shut
    down then, so that a `select` that waits finds it ready.
    """
    have_left = Event()

    def visiting():
        try:
            visit(server.getsockname())
        finally:
            have_left.set()
            server.shutdown(socket.SHUT_RDWR)

    with server, ThreadPoolExecutor(1, "clients") as executor:
        visit_ended = executor.submit(visiting)
        yield have_left
        # Its error, a broken assertion say, becomes one here.
        visit_ended.result()


def connect(address):
    return socket.create_connection(address, timeout=PATIENCE)


def ask(client, message):
    client.sendall(message.encode())
    return client.recv(1024).decode()


def leave(client):
    """End the client's side; whether the server ends its side as well."""
    client.shutdown(socket.SHUT_WR)
    return client.recv(1024) == b""


def allow_descriptors(needed):
    """Both sides of a connection are in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if needed > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def load(clients, requests):
    """Let each ask again as soon as it is answered, and check every byte."""
    messages = iter([b"request %056d" % number for number in range(requests)])
    expected, answered = {}, 0

    def ask_next(client):
        if message := next(messages, None):
            expected[client] = b"haha+" + message
            client.sendall(message)

    with DefaultSelector() as selector:
        for client in clients:
            selector.register(client, EVENT_READ)
            ask_next(client)
        while expected:
            ready = selector.select(PATIENCE)
            assert ready, f"{len(expected)} clients got no answer"
            for client in (key.fileobj for key, _ in ready):
                part = client.recv(1024)
                assert part and expected[client].startswith(part)
                expected[client] = expected[client][len(part) :]
                if not expected[client]:
                    del expected[client]
                    answered += 1
                    ask_next(client)
    return answered


LIMIT = 64 * 1024  # so many bytes may a client be owed and still be read from


class Server:
    """The server of `callbacks`, which keeps what a client does not take.

    It reads nothing more from a client that is owed too much.
    """

    def __init__(self, selector=DefaultSelector, admit=lambda _client: True):
        self.selector, self.admit, self.events = selector(), admit, Queue()
        self.owed, self.ended, self.peers = {}, set(), {}
        self.received = self.most_owed = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.listener.setblocking(False)
        self.stopping, self.stopped = socket.socketpair()
        self.selector.register(self.listener, EVENT_READ, self.accept)
        self.selector.register(self.stopped, EVENT_READ, self.stop)

    @contextmanager
    def serving(self):
        """Serve on a thread of its own until the block ends."""
        # An executor of one thread, so that its error becomes one here.
        with ThreadPoolExecutor(1, thread_name_prefix="server") as executor:
            served = executor.submit(self.serve)
            try:
                yield self.listener.getsockname()
            finally:
                self.stopping.close()
            served.result()

    def serve(self):
        self.running, self.thread = True, get_native_id()
        while self.running:
            for key, events in self.selector.select():
                key.data(key.fileobj, events)
        for file in *self.peers, self.listener, self.stopped, self.selector:
            file.close()

    def cpu_time(self):
        """The processor's time that the server's thread has taken so far."""
        with open(f"/proc/self/task/{self.thread}/schedstat") as times:
            return int(times.read().split()[0]) / 1e9

    def stop(self, _stopped, _events):
        self.running = False

    def accept(self, listener, _events):
        client, peer = listener.accept()
        client.setblocking(False)
        if self.admit(client):
            self.peers[client], self.owed[client] = peer, bytearray()
            self.selector.register(client, EVENT_READ, self.turn)
        else:
            self.events.put(("refused", peer, client.fileno()))
            client.close()

    def turn(self, client, events):
        owed = self.owed[client]
        try:
            if events & EVENT_READ:
                if received := client.recv(1024):
                    self.received += len(received)
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
            self.selector.modify(client, after, self.turn)
            if before & EVENT_READ and not after & EVENT_READ:
                self.events.put(("paused", self.peers[client]))

    def close(self, client):
        self.selector.unregister(client)
        client.close()
        self.ended.discard(client)
        del self.owed[client]
        self.events.put(("gone", self.peers.pop(client)))
