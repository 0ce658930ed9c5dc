"""What one switch costs in Python: greenlets, asyncio's sleep(0) and gevent's, if it
is installed.

Needs the package greenlet (pip install greenlet). Prints a line of JSON for each bench.
"""

import asyncio
import json
import sys
import time

SWITCHES = 1_000_000

try:
    from greenlet import greenlet
except ImportError:
    sys.exit("switch.py: no module greenlet: pip install greenlet")

try:
    import gevent
except ImportError:
    gevent = None


def greenlets(switches):
    def hand_over_to(name):
        def play(turn):
            other = both[name]
            while turn < switches:
                turn = other.switch(turn + 1)
            return turn

        return play

    both = {
        "first": greenlet(hand_over_to("second")),
        "second": greenlet(hand_over_to("first")),
    }
    check(both["first"].switch(0), switches)


def asyncio_sleep(switches):
    turns = 0

    async def play():
        nonlocal turns
        for _ in range(switches // 2):
            turns += 1
            await asyncio.sleep(0)

    async def both():
        await asyncio.gather(play(), play())

    asyncio.run(both())
    check(turns, switches)


def gevent_sleep(switches):
    turns = 0

    def play():
        nonlocal turns
        for _ in range(switches // 2):
            turns += 1
            gevent.sleep(0)

    gevent.joinall([gevent.spawn(play), gevent.spawn(play)], raise_error=True)
    check(turns, switches)


def check(turns, switches):
    if turns != switches:
        sys.exit(f"switch.py: {turns} turns instead of {switches}")


def bench(side, take_turns, switches):
    cpu, begin = time.process_time(), time.perf_counter()
    take_turns(switches)
    seconds, cpu_seconds = time.perf_counter() - begin, time.process_time() - cpu
    line = {"bench": f"switch/{side}", "ops": switches}
    line |= {"seconds": seconds, "cpu_seconds": cpu_seconds}
    print(json.dumps(line), flush=True)


bench("python-greenlet", greenlets, SWITCHES)
bench("python-asyncio", asyncio_sleep, SWITCHES // 5)
if gevent:
    bench("python-gevent", gevent_sleep, SWITCHES // 5)
else:
    print("switch.py: gevent is not installed, so it is not measured", file=sys.stderr)
