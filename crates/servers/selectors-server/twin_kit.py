"""The clients of the scenes in twin.py, and the thread that a server runs on."""

import os
import resource
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from selectors import EVENT_READ, DefaultSelector

PATIENCE = 30  # how many seconds a client waits before it says that it failed


def say(line):
    """Print by one write a line, so lines of several threads never mix."""
    os.write(1, f"{line}\n".encode())


class Server:
    """A listener on a free port, and a socket whose end says: stop."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.listener.setblocking(False)
        self.stopping, self.stopped = socket.socketpair()

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


def connect(address):
    return socket.create_connection(address, timeout=PATIENCE)


def ask(client, message, prefix="haha+"):
    client.sendall(message.encode())
    answer = receive(client, len(prefix + message))
    assert answer == prefix + message
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
