"""Python's own echo servers on one thread, by selectors and by gevent.

The counterpart of the bench echo. By itself it measures them under a load of its own
and prints one line of JSON for each case; the load, being Python, takes longer than the
server, so that only the server's CPU time is to be compared. With `--serve selectors`
or `--serve gevent` it is a server alone, which the Rust benches load.

gevent stands in crates/requirements.txt; cargo xtask bench brings it along.
"""

import json
import os
import selectors
import socket
import subprocess
import sys
import time

try:
    import gevent.os
    from gevent.server import StreamServer
except ImportError:
    gevent = None


def serve_by_selectors():
    selector = selectors.DefaultSelector()

    def accept(listener, _mask):
        connection, _ = listener.accept()
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ, read)

    def read(connection, _mask):
        try:
            data = connection.recv(1024)
        except ConnectionResetError:
            data = b""
        if data:
            connection.send(data)
        else:
            selector.unregister(connection)
            connection.close()

    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    selector.register(listener, selectors.EVENT_READ, accept)
    selector.register(sys.stdin, selectors.EVENT_READ, lambda *_: sys.exit())
    print("%s:%d" % listener.getsockname(), flush=True)
    while True:
        for key, mask in selector.select():
            key.data(key.fileobj, mask)


def serve_by_gevent():
    if gevent is None:
        sys.exit(
            f"echo.py: gevent is left out, for {sys.executable} lacks it: "
            "pip install -r crates/requirements.txt"
        )

    def echo(connection, _peer):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while data := connection.recv(1024):
                connection.sendall(data)
        except ConnectionError:
            pass

    server = StreamServer(("127.0.0.1", 0), echo, backlog=4096)
    server.start()
    print("%s:%d" % server.address, flush=True)
    # In a thread beside the loop, and so without a share in what the server does.
    gevent.os.tp_read(sys.stdin.fileno(), 1)


SERVERS = {"selectors": serve_by_selectors, "gevent": serve_by_gevent}


def cpu_seconds(pid):
    # The clock of another process, see clock_getcpuclockid(3).
    return time.clock_gettime(~pid << 3 | 2)


def load(name, connections, requests):
    command = [sys.executable, __file__, "--serve", name]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    address = server.stdout.readline().decode().strip()
    if not address:
        return
    host, port = address.split(":")
    selector = selectors.DefaultSelector()
    message = os.urandom(32).hex().encode()
    for _ in range(connections):
        client = socket.create_connection((host, int(port)))
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(message)
        assert client.recv(1024) == message
        selector.register(client, selectors.EVENT_READ)
    before, begin, answered = cpu_seconds(server.pid), time.perf_counter(), 0
    for client in selector.get_map().values():
        client.fileobj.sendall(message)
    while answered < requests:
        for key, _ in selector.select():
            assert key.fileobj.recv(1024) == message
            answered += 1
            key.fileobj.sendall(message)
    seconds, used = time.perf_counter() - begin, cpu_seconds(server.pid) - before
    server.stdin.close()
    server.wait()
    bench = f"echo-{connections}/python-{name}, load by Python"
    line = {"bench": bench, "ops": answered, "seconds": seconds, "cpu_seconds": used}
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        SERVERS[sys.argv[2]]()
    else:
        for connections in 1, 50, 500:
            for name in SERVERS:
                load(name, connections, 40_000)
