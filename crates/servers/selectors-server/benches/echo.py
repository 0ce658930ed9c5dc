"""Python's own echo server, by selectors, on one thread: the counterpart of the bench echo.

By itself it measures that server under a load of its own and prints one line of JSON for each case; the load, being
Python, takes longer than the server, so that only the server's CPU time is to be compared. With --serve it is the
server alone, which the Rust benches load.
"""
import json
import os
import selectors
import socket
import subprocess
import sys
import time


def serve():
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


def cpu_seconds(pid):
    return time.clock_gettime(~pid << 3 | 2)  # The clock of another process, see clock_getcpuclockid(3).


def load(connections, requests):
    server = subprocess.Popen([sys.executable, __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    host, port = server.stdout.readline().decode().strip().split(":")
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
    bench = {"bench": f"echo-{connections}/python", "ops": answered, "seconds": seconds, "cpu_seconds": used}
    print(json.dumps(bench), flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["--serve"]:
        serve()
    else:
        for connections in 1, 50, 500:
            load(connections, 40_000)
