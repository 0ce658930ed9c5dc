"""What the scenes in twin.py need and the notes do not have.

The clients; and servers in processes of their own, which are measured. By
itself it is such a server: python3 twin_kit.py gevent
"""

import asyncio
import errno
import os
import selectors
import socket
import struct
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from queue import Queue
from threading import Thread

PATIENCE = 30  # how many seconds a client waits before it says that it failed


def say(line):
    """Print by one write a line, so lines of several threads never mix."""
    os.write(1, f"{line}\n".encode())


def connect(address):
    return socket.create_connection(address, timeout=PATIENCE)


def ask(client, message):
    client.sendall(message.encode())
    return client.recv(1024).decode()


def three(address):
    """Three clients that talk in turn, and leave in three ways."""
    clients = {name: connect(address) for name in ("anna", "ben", "cleo")}
    for name in "anna", "ben", "cleo", "anna":
        answer = ask(clients[name], "hello")
        say(f"{name}: hello -> {answer}")
        assert answer == "HELLO"
    clients["anna"].shutdown(socket.SHUT_WR)
    assert clients["anna"].recv(1024) == b""
    say("anna: q -> the end")

    leaving = connect(address)
    # A linger time of zero: closing sends RST instead of FIN.
    linger = struct.pack("ii", 1, 0)
    leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    leaving.close()
    with connect(address) as dora:
        answer = ask(dora, "hello")
        say(f"dora: hello -> {answer}")
        assert answer == "HELLO"
    for client in clients.values():
        client.close()


@contextmanager
def visited(server, visit):
    """Serve in this block, for ever, while visit(address) runs beside it.

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
            # Of the kernel, or of gevent, which wakes the wait by itself.
            if error.errno not in (errno.EINVAL, errno.EBADF):
                raise
        # Its error, a broken assertion say, becomes one here.
        visit_ended.result()


@contextmanager
def serving(serve):
    """Run the coroutine serve(listener) on a thread until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    listener.setblocking(False)
    running = Queue()

    async def main():
        running.put((asyncio.get_running_loop(), asyncio.current_task()))
        await serve(listener)

    def run():
        # It cancels the tasks that are left.
        with suppress(asyncio.CancelledError):
            asyncio.run(main())

    with listener, ThreadPoolExecutor(1, "server") as executor:
        served = executor.submit(run)
        loop, task = running.get()
        try:
            yield listener.getsockname()
        finally:
            loop.call_soon_threadsafe(task.cancel)
        served.result()


# Servers in processes of their own.


def by_thread(listener):
    def talk(connection):
        while received := connection.recv(1024):
            connection.sendall(received.upper())

    while True:
        connection, _peer = listener.accept()
        Thread(target=talk, args=(connection,), daemon=True).start()


def by_selectors(listener):
    selector = selectors.DefaultSelector()

    def accept():
        connection, _peer = listener.accept()
        selector.register(
            connection, selectors.EVENT_READ, partial(answer, connection)
        )

    def answer(connection):
        if received := connection.recv(1024):
            connection.sendall(received.upper())
        else:
            selector.unregister(connection)
            connection.close()

    selector.register(listener, selectors.EVENT_READ, accept)
    while True:
        for key, _ in selector.select():
            key.data()


def by_gevent(listener):
    from gevent.server import StreamServer
    from gevent.socket import socket as gevent_socket

    def talk(connection, _peer):
        while received := connection.recv(1024):
            connection.sendall(received.upper())

    own = gevent_socket(fileno=listener.detach())
    StreamServer(own, talk).serve_forever()


def by_asyncio(listener):
    async def talk(reader, writer):
        while received := await reader.read(1024):
            writer.write(received.upper())
            await writer.drain()
        writer.close()

    async def serve():
        server = await asyncio.start_server(talk, sock=listener)
        await server.serve_forever()

    asyncio.run(serve())


BY = {
    "thread": by_thread,
    "selectors": by_selectors,
    "gevent": by_gevent,
    "asyncio": by_asyncio,
}


@contextmanager
def server(name):
    """Give the address of a server, and a function that counts its threads."""
    command = [sys.executable, __file__, name]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        try:
            port = int(child.stdout.readline())
            tasks = f"/proc/{child.pid}/task"
            yield ("127.0.0.1", port), lambda: len(os.listdir(tasks))
        finally:
            child.kill()


SERVERS = {name: partial(server, name) for name in BY}


def cost(name, clients, requests):
    """Context switches and CPU time in µs, for each request."""
    command = [sys.executable, __file__, name]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        try:
            port = int(child.stdout.readline())
            address = "127.0.0.1", port
            connected = [connect(address) for _ in range(clients)]
            for client in connected:
                assert ask(client, "hello") == "HELLO"
            before = switches(child.pid), cpu(child.pid)
            for _ in range(requests // clients):
                for client in connected:
                    client.sendall(b"x" * 64)
                for client in connected:
                    assert client.recv(1024) == b"X" * 64
            after = switches(child.pid), cpu(child.pid)
            for client in connected:
                client.close()
        finally:
            child.kill()
    switched, used = (now - then for now, then in zip(after, before))
    return switched / requests, used / requests * 1e6


def switches(pid):
    count = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status") as status:
            fields = dict(line.split(":", 1) for line in status)
        count += int(fields["voluntary_ctxt_switches"])
    return count


def cpu(pid):
    # The clock of another process, see clock_getcpuclockid(3).
    return time.clock_gettime(~pid << 3 | 2)


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    print(listener.getsockname()[1], flush=True)
    BY[sys.argv[1]](listener)
