"""What a call of a closure costs, for the same case as closures.rs.

Each case is one line of JSON.
"""

import json
import time


def main():
    ops = 1_000_000
    cpu, begin = time.process_time(), time.monotonic()
    call(ops)
    seconds, cpu = time.monotonic() - begin, time.process_time() - cpu
    line = {"bench": "call/lambda", "ops": ops, "seconds": seconds, "cpu_seconds": cpu}
    print(json.dumps(line), flush=True)


def call(ops):
    step = 1
    add = lambda x: x + step  # noqa: E731
    x = 0
    for _ in range(ops):
        x = add(x)


if __name__ == "__main__":
    main()
