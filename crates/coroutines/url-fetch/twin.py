"""The scenes of url-fetch in Python: python3 twin.py concurrent"""

import http.client
import time
import urllib.error
from argparse import ArgumentParser
from contextlib import contextmanager
from threading import Thread, get_ident
from urllib.request import ProxyHandler, build_opener

from twin_kit import PAGES, SECOND, say, serving

OPEN = build_opener(ProxyHandler({})).open
TIMEOUT = 300  # A wait longer than this is an error.
CAP = 64 << 10


@contextmanager
def patched():
    """Serve, and patch what blocks, as the note does before all else.

    The server is another process, in which nothing is patched.
    """
    with serving() as server:
        from gevent import monkey

        monkey.patch_all()
        yield server


# ── serial ──
def serial():
    with serving() as server:
        begin = time.monotonic()
        received = []
        for name, size in PAGES.items():
            # The server sends each page two seconds after it was asked for.
            received.append(fetch(name, server.page(name, size, 2.0)))
        seconds = (time.monotonic() - begin) / SECOND
        say(f"one after the other: {seconds:.1f} s")

        assert received == list(PAGES.values())
        assert server.counts()["most_at_once"] == 1
        assert seconds >= 8.0


def fetch(name, url):
    say(f"GET {name}")
    with OPEN(url, timeout=TIMEOUT) as answer:
        page = answer.read()
    say(f"recv bytes {len(page)} from {name}")
    return len(page)


# ── concurrent ──
def concurrent():
    with patched() as server:
        import gevent

        def fetch_here(name, url):
            return fetch(name, url), native_thread()

        begin = time.monotonic()
        greenlets = [
            gevent.spawn(fetch_here, name, server.together(name))
            for name in PAGES
        ]
        gevent.joinall(greenlets, raise_error=True)
        seconds = (time.monotonic() - begin) / SECOND
        say(f"at once: {seconds:.1f} s")

        pages = [greenlet.value for greenlet in greenlets]
        assert sum(size for size, _thread in pages) == sum(PAGES.values())
        assert server.counts()["most_at_once"] == len(PAGES)
        assert {thread for _size, thread in pages} == {native_thread()}


def native_thread():
    """The thread itself: when patched, `get_ident` names the greenlet."""
    from gevent import monkey

    return monkey.get_original("threading", "get_ident")()


# ── blocking ──
def blocking():
    import gevent

    with serving() as server:
        urls = {name: server.page(name, PAGES[name], 2.0) for name in PAGES}
        begin = time.monotonic()
        # Nothing is patched, so no read switches to the other greenlets.
        greenlets = [gevent.spawn(fetch, *item) for item in urls.items()]
        gevent.joinall(greenlets, raise_error=True)
        in_greenlets = (time.monotonic() - begin) / SECOND
        say(f"four tasks: {in_greenlets:.1f} s")

    with serving() as server:
        urls = {name: server.together(name) for name in PAGES}
        begin = time.monotonic()
        threads = [Thread(target=fetch, args=item) for item in urls.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        on_threads = (time.monotonic() - begin) / SECOND
        say(f"four threads: {on_threads:.1f} s")

        assert in_greenlets >= 8.0
        assert server.counts()["most_at_once"] == len(PAGES)


# ── limit ──
def limit():
    with patched() as server:
        from gevent.pool import Pool

        begin = time.monotonic()
        urls = [server.page(f"page-{page}", 4_096, 1.0) for page in range(20)]
        pages = Pool(5).map(get, urls)
        seconds = (time.monotonic() - begin) / SECOND
        say(f"{len(pages)} pages, 5 at once: {seconds:.1f} s")

        assert all(len(page) == 4_096 for page in pages)
        assert server.counts()["most_at_once"] <= 5
        assert 4.0 <= seconds < 15.0


class Ended(Exception):
    """Why a page could not be fetched."""


def get(url, stall=TIMEOUT, total=TIMEOUT, cap=64 << 20):
    """A page, within limits; or Ended, which says why not.

    urllib has one timeout for each single operation on the socket. It serves
    for connecting and for a stall; gevent.Timeout bounds the whole. The cap
    is the loop's, and the error for a short body as well: `read(n)` gives
    what there is.
    """
    from gevent import Timeout

    connected, page = False, b""
    try:
        with Timeout(total), OPEN(url, timeout=stall) as answer:
            connected = True
            announced = int(answer.headers.get("Content-Length") or 0)
            if announced > cap:
                raise Ended(f"more than {cap} bytes")
            while part := answer.read1(16 << 10):
                page += part
                if len(page) > cap:
                    raise Ended(f"more than {cap} bytes")
    except Timeout:
        raise Ended(f"not complete within {total}s") from None
    except TimeoutError:
        raise Ended(f"nothing received for {stall}s") from None
    except urllib.error.HTTPError as error:
        redirected = "redirect error" in str(error.reason)
        why = "more than 10 redirects" if redirected else f"status {error.code}"
        raise Ended(why) from None
    except urllib.error.URLError as error:
        raise Ended(reason(error.reason, stall)) from None
    except http.client.RemoteDisconnected:
        raise Ended("closed without an answer") from None
    except http.client.BadStatusLine:
        raise Ended("the answer is not HTTP") from None
    except ConnectionResetError:
        raise Ended("connection reset") from None
    if connected and len(page) < announced:
        raise Ended(f"closed after {len(page)} bytes of the body")
    return page


def reason(error, stall):
    match error:
        case ConnectionRefusedError():
            return "connection refused"
        case ConnectionResetError():
            return "connection reset"
        case TimeoutError():
            return f"not connected within {stall}s"
    return str(error)


def end(*args, **limits):
    """A page, or Ended: as a value, so that no error ends the other fetches."""
    try:
        return get(*args, **limits)
    except Ended as ended:
        return ended


# ── timeouts ──
def timeouts():
    slow = ["unanswered", "stalls", "drips"]
    with patched() as server:
        from gevent.pool import Pool

        urls = {server.fault(name): name for name in slow}
        # The healthy page is asked for last.
        urls[server.page("healthy", 12_713, 0.0)] = "healthy"

        def visit(url):
            return urls[url], end(url, stall=1, total=2)

        pages = Pool(8).imap_unordered(visit, urls)
        ends = dict(pages)
        for name in slow:
            say(f"{name}: {ends[name]}")

        assert next(iter(ends)) == "healthy"
        assert str(ends["unanswered"]) == "not connected within 1s"
        assert str(ends["stalls"]) == "nothing received for 1s"
        assert str(ends["drips"]) == "not complete within 2s"


# ── outcomes ──
def outcomes():
    expected = {
        "refuses": "connection refused",
        "closes": "closed without an answer",
        "resets": "connection reset",
        "garbage": "the answer is not HTTP",
        "not-found": "status 404",
        "server-error": "status 500",
        "redirects": "more than 10 redirects",
    }
    with patched() as server:
        from gevent.pool import Pool

        urls = [server.fault(name) for name in expected]
        healthy = server.page("healthy", 12_713, 0.0)
        *ends, page = Pool(8).map(end, [*urls, healthy])
        for name, ended in zip(expected, ends):
            say(f"{name}: {ended}")

        assert [str(ended) for ended in ends] == list(expected.values())
        assert len(page) == 12_713


# ── bodies ──
def bodies():
    with patched() as server:
        from gevent.pool import Pool

        names = ["short", "long", "too-large", "endless"]
        urls = [server.fault(name) for name in names]
        full = server.page("full", CAP, 0.0)
        *ends, page = Pool(8).map(lambda url: end(url, cap=CAP), [*urls, full])
        for name, ended in zip(names, ends):
            text = f"{len(ended)} bytes" if isinstance(ended, bytes) else ended
            say(f"{name}: {text}")

        short, long, too_large, endless = ends
        assert str(short) == "closed after 500 bytes of the body"
        assert len(long) == 1_000
        assert str(too_large) == str(endless) == f"more than {CAP} bytes"
        assert len(page) == CAP


# ── cancel ──
def cancel():
    with patched() as server:
        import gevent
        from gevent.pool import Pool

        slots = Pool(1)
        # The server would answer after an hour.
        first = slots.spawn(get, server.page("first", 4_096, 3_600.0))
        wait_until(lambda: server.counts()["requests"] == 1)
        say("first: the server has its request")

        # It waits for the slot of the first, and gives up.
        with gevent.Timeout(SECOND, False) as waiting:
            slots.spawn(get, server.page("second", 4_096, 3_600.0))
        say("second: gives up waiting for its turn")
        assert not waiting.pending and server.counts()["requests"] == 1

        first.kill()
        say("first: cancelled")
        wait_until(lambda: server.counts()["gone"] == 1)
        third = slots.spawn(get, server.page("third", 4_096, 0.0))
        assert len(third.get(timeout=TIMEOUT)) == 4_096
        say("third: has had the slot")


def wait_until(is_true):
    begin = time.monotonic()
    while not is_true():
        assert time.monotonic() - begin < 30
        time.sleep(0.01)


if __name__ == "__main__":
    scenes = {
        "serial": serial,
        "concurrent": concurrent,
        "blocking": blocking,
        "limit": limit,
        "timeouts": timeouts,
        "outcomes": outcomes,
        "bodies": bodies,
        "cancel": cancel,
    }
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=scenes)
    scenes[parser.parse_args().scene]()
