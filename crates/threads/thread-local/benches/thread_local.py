"""What a get of a value costs in Python, as thread_local.rs: threading.local, the
note's two maps, a ContextVar in a thread and in a task of asyncio.

Each case is one line of JSON.
"""

import asyncio
import importlib.util
import json
import threading
import time
from contextvars import ContextVar
from pathlib import Path

GETS = 300_000


def main():
    twin = load_twin()
    local, by_attribute, by_method = threading.local(), twin.Local(), twin.ByIdent()
    var = ContextVar("key")

    def in_thread():
        local.KEY = by_attribute.KEY = 1
        by_method.set("KEY", 1)
        var.set(1)
        measure("thread/threading.local", lambda: local.KEY)
        measure("thread/__getattr__", lambda: by_attribute.KEY)
        measure("thread/dict", lambda: by_method.get("KEY"))
        measure("thread/ContextVar", lambda: var.get())

    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()

    async def task():
        var.set(1)
        measure("task/ContextVar", lambda: var.get())

    asyncio.run(task())


def load_twin():
    """Load the note's maps from the twin."""
    path = Path(__file__).parent.parent / "twin.py"
    spec = importlib.util.spec_from_file_location("twin", path)
    twin = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(twin)
    return twin


def measure(bench, get):
    """Time the gets without the loop and the call around them."""
    calls = cost(lambda: 1)
    seconds, cpu = (max(0, a - b) for a, b in zip(cost(get), calls))
    figures = {"bench": bench, "ops": GETS, "seconds": seconds, "cpu_seconds": cpu}
    print(json.dumps(figures), flush=True)


def cost(get):
    cpu, begin = time.thread_time(), time.perf_counter()
    total = 0
    for _ in range(GETS):
        total += get()
    seconds, cpu = time.perf_counter() - begin, time.thread_time() - cpu
    assert total == GETS
    return seconds, cpu


if __name__ == "__main__":
    main()
