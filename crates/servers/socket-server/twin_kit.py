"""What the scenes in twin.py need and the notes do not have: the clients."""

import errno
import os
import resource
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

PATIENCE = 30  # how many seconds a client waits before it says that it failed
# How long a second of the notes lasts.
SECOND = float(os.environ.get("PACE", "0.1"))


def say(line):
    """Print by one write a line, so lines of several threads never mix."""
    os.write(1, f"{line}\n".encode())


@contextmanager
def visited(server, visit):
    """Serve in this block, for ever, while visit(address) runs on a thread.

    When it ends, the listener is shut down, so `accept` fails, and ends the
    block.
    """

    def visiting():
        try:
            visit(server.getsockname())
        finally:
            server.shutdown(socket.SHUT_RDWR)

    with server, ThreadPoolExecutor(1, "clients") as executor:
        visit_ended = executor.submit(visiting)
        try:
            yield
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
        # Its error, a broken assertion say, becomes one here.
        visit_ended.result()


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
                # Wakes a thread that waits in accept; closing would not.
                listener.shutdown(socket.SHUT_RDWR)
            served.result()


def connections(listener):
    """Accept clients until the listener is shut down."""
    while True:
        try:
            connection, peer = listener.accept()
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            return
        yield connection, peer


def connect(address):
    return socket.create_connection(address, timeout=PATIENCE)


def ask(client, message):
    client.sendall(message.encode())
    return client.recv(1024).decode()


def allow_descriptors(needed):
    """Both sides of a connection are in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if needed > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
