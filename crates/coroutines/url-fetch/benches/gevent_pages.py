"""Fetch a page so often, at most so many at once, by gevent and urllib.

The arguments are the URL, how often, how many at once, and its length.
"""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402: nothing may be imported before it is patched
from urllib.request import ProxyHandler, build_opener  # noqa: E402

from gevent.pool import Pool  # noqa: E402

OPEN = build_opener(ProxyHandler({})).open


def length(url):
    with OPEN(url, timeout=300) as answer:
        return len(answer.read())


url, *numbers = sys.argv[1:]
pages, at_once, size = map(int, numbers)
assert sum(Pool(at_once).imap_unordered(length, [url] * pages)) == pages * size
