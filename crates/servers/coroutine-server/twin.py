"""The scenes of coroutine-server in Python: python3 twin.py may"""

from gevent import monkey  # isort: skip

if __name__ == "__main__":
    # Before all others: it replaces what they import.
    import sys

    if sys.argv[1:2] in (["may"], ["hundred-clients"]):
        monkey.patch_all()

import asyncio
import os
import socket
from argparse import ArgumentParser
from threading import active_count

import gevent
from twin_kit import (
    SERVERS, ask, connect, cost, say, serving, three, visited,
)


# ── may ──
def may():
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.bind(("127.0.0.1", 0))
    server.listen(5)
    with visited(server, three):
        while True:
            connection, _peer = server.accept()
            gevent.spawn(talk, connection)


def talk(connection):
    with connection:
        try:
            while received := connection.recv(1024):
                connection.sendall(received.upper())
        except ConnectionResetError:
            say("a client has broken off")


# ── tokio ──
def tokio():
    with serving(serve_by_asyncio) as address:
        three(address)


async def serve_by_asyncio(listener):
    server = await asyncio.start_server(talk_by_asyncio, sock=listener)
    await server.serve_forever()


async def talk_by_asyncio(reader, writer):
    try:
        while received := await reader.read(1024):
            writer.write(received.upper())
            # Without it a client that does not read fills the memory.
            await writer.drain()
    except ConnectionResetError:
        say("a client has broken off")
    finally:
        writer.close()


# ── ring ──
def ring():
    # Python has no io_uring. asyncio's interface is the ring's: `sock_recv` is
    # awaited until the bytes are there. Below it waits until it may read.
    with serving(serve_by_completion) as address:
        three(address)


async def serve_by_completion(listener):
    loop = asyncio.get_running_loop()
    tasks = set()
    while True:
        connection, _peer = await loop.sock_accept(listener)
        task = loop.create_task(talk_by_completion(loop, connection))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def talk_by_completion(loop, connection):
    with connection:
        try:
            while received := await loop.sock_recv(connection, 1024):
                await loop.sock_sendall(connection, received.upper())
        except ConnectionResetError:
            say("a client has broken off")


# ── one-thread ──
def one_thread():
    for name, clients in ("asyncio", 100), ("gevent", 100):
        with SERVERS[name]() as (address, threads):
            connected, counts = [], []
            for wanted in 1, clients:
                while len(connected) < wanted:
                    client = connect(address)
                    assert ask(client, "hello") == "HELLO"
                    connected.append(client)
                counts.append(threads())
            for client in connected:
                client.close()
        say(f"{name}: {counts[0]} for one client, {counts[1]} for {clients}")
        assert counts == [1, 1]
    assert active_count() == 1


# ── cost ──
def costs():
    # Load and servers take turns on one core.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    say(f"{'server':10} {'switches':>8} {'µs':>8}")
    switches = {}
    for name in SERVERS:
        switches[name], micros = cost(name, clients=50, requests=2_000)
        say(f"{name:10} {switches[name]:8.2f} {micros:8.1f}")
    # Python cannot count the system calls of another process; strace can.
    for name in "selectors", "gevent":
        assert switches["thread"] > 2 * switches[name]


# ── hundred-clients ──
def hundred_clients():
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.bind(("127.0.0.1", 0))
    server.listen(100)
    address = server.getsockname()

    def serve():
        for _ in range(100):
            connection, _peer = server.accept()
            gevent.spawn(talk, connection)

    def func(number):
        with socket.create_connection(address) as client:
            client.sendall(message(number).encode())
            return client.recv(1024).decode()

    serving = gevent.spawn(serve)
    clients = [gevent.spawn(func, number) for number in range(100)]
    gevent.joinall([serving, *clients])
    answers = [client.value for client in clients]
    say(f"{len(answers)} answers: {answers[0]} to {answers[-1]}")
    assert answers == [message(number).upper() for number in range(100)]
    server.close()


def message(number):
    return "this is " + str(number) * 5


SCENES = {
    "may": may,
    "tokio": tokio,
    "ring": ring,
    "one-thread": one_thread,
    "cost": costs,
    "hundred-clients": hundred_clients,
}

if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
