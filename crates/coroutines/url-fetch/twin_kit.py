"""The server of the scenes in twin.py: pages and faults, by asyncio.

It is a process of its own, so that a client that blocks does not block it. It
is forked before anything is patched.
"""

import asyncio
import json
import multiprocessing
import os
import signal
import socket
import struct
import urllib.request
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlsplit

# How long a second of the notes lasts.
SECOND = float(os.environ.get("PACE", "0.1"))
PAGES = {"python": 48_860, "58": 104_670, "sogou": 12_713, "sohu": 170_935}
ANNOUNCED = 1_000
PART = b"." * (16 << 10)


def say(line):
    """Print by one write a line, so lines of several threads never mix."""
    os.write(1, f"{line}\n".encode())


class Server:
    def __init__(self, port, refuses, unanswered):
        self.port, self.refuses, self.unanswered = port, refuses, unanswered

    def page(self, name, size, after):
        return self._url(self.port, f"{name}?bytes={size}&after={after * SECOND}")

    def together(self, name):
        """A page that is sent when all four have been asked for."""
        return self.page(name, PAGES[name], 2.0) + f"&together={len(PAGES)}"

    def fault(self, name):
        ports = {"refuses": self.refuses, "unanswered": self.unanswered}
        return self._url(ports.get(name, self.port), name)

    def counts(self):
        """What it has seen so far: requests, most at once, clients gone."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self._url(self.port, "counts"), timeout=60) as answer:
            return json.load(answer)

    @staticmethod
    def _url(port, path):
        return f"http://127.0.0.1:{port}/{path}"


@contextmanager
def serving():
    with bound() as listener, bound() as refuses, bound() as unanswered:
        listener.listen(100)
        # A queue for 0 connections takes one.
        unanswered.listen(0)
        with socket.create_connection(unanswered.getsockname()):
            context = multiprocessing.get_context("fork")
            process = context.Process(target=run, args=[listener], daemon=True)
            process.start()
            try:
                yield Server(*map(port_of, (listener, refuses, unanswered)))
            finally:
                process.terminate()
                process.join()


def bound():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener


def port_of(listener):
    return listener.getsockname()[1]


def run(listener):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    asyncio.run(serve(listener))


async def serve(listener):
    seen = {"requests": 0, "waiting": 0, "most_at_once": 0, "gone": 0}

    async def answer(reader, writer):
        try:
            await answer_one(reader, writer, seen)
        except ConnectionError:
            pass  # A client that has gone is no error of the server.
        finally:
            writer.close()

    async with await asyncio.start_server(answer, sock=listener) as server:
        await server.serve_forever()


async def answer_one(reader, writer, seen):
    head = await reader.readuntil(b"\r\n\r\n")
    url = urlsplit(head.split()[1].decode())
    name = url.path.split("/")[1]
    if name == "counts":
        return await send(writer, json.dumps(seen).encode())
    if name in FAULTS:
        return await FAULTS[name](reader, writer, url.path)
    query = dict(parse_qsl(url.query))
    seen["requests"] += 1
    seen["waiting"] += 1
    seen["most_at_once"] = max(seen["most_at_once"], seen["waiting"])
    try:
        # The client sends nothing more: all that can be read is the end.
        await asyncio.wait_for(reader.read(1), float(query["after"]))
        seen["gone"] += 1
        return
    except TimeoutError:
        await all_of(int(query.get("together", 0)), seen)
    finally:
        seen["waiting"] -= 1
    await send(writer, b"." * int(query["bytes"]))


async def all_of(count, seen):
    """Wait until so many have waited at once, or three seconds are over."""
    for _ in range(300):
        if seen["most_at_once"] >= count:
            break
        await asyncio.sleep(0.01)


async def send(writer, body, status="200 OK", length=None):
    length = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Length: {length}\r\n"
    writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
    await writer.drain()


# The faults. The connection is closed after each.
async def closes(_reader, _writer, _path):
    pass


async def garbage(_reader, writer, _path):
    writer.write(b"no status line\r\n\r\n")
    await writer.drain()


async def not_found(_reader, writer, _path):
    await send(writer, b"", "404 Not Found")


async def server_error(_reader, writer, _path):
    await send(writer, b"", "500 Internal Server Error")


async def redirects(_reader, writer, path):
    last = path.rsplit("/", 1)[1]
    count = int(last) + 1 if last.isdigit() else 1
    await send(writer, b"", f"302 Found\r\nLocation: /redirects/{count}")


async def resets(_reader, writer, _path):
    await send(writer, b"." * (ANNOUNCED // 2), length=ANNOUNCED)
    linger = struct.pack("ii", 1, 0)
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


async def short(_reader, writer, _path):
    await send(writer, b"." * (ANNOUNCED // 2), length=ANNOUNCED)


async def long(_reader, writer, _path):
    await send(writer, b"." * (ANNOUNCED * 2), length=ANNOUNCED)


async def endless(_reader, writer, _path):
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(PART)
        await writer.drain()


async def too_large(_reader, writer, _path):
    await send(writer, b"", length=1 << 40)
    while True:
        writer.write(PART)
        await writer.drain()


async def drips(_reader, writer, _path):
    await send(writer, b"", length=ANNOUNCED)
    for _ in range(ANNOUNCED):
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.1)


async def stalls(reader, writer, _path):
    await send(writer, b"." * (ANNOUNCED // 2), length=ANNOUNCED)
    await reader.read(1)


FAULTS = {
    "closes": closes,
    "garbage": garbage,
    "not-found": not_found,
    "server-error": server_error,
    "redirects": redirects,
    "resets": resets,
    "short": short,
    "long": long,
    "endless": endless,
    "too-large": too_large,
    "drips": drips,
    "stalls": stalls,
}
