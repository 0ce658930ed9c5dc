"""What the exploration of 12,870 schedules costs with generators of Python.

The case is one line of JSON, as those of explorer.rs.
"""

import json
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from twin import decrements, explore  # noqa: E402


def main():
    cpu, begin = cpu_seconds(), time.monotonic()
    report = explore(lambda: decrements(2, 4))
    seconds, cpu = time.monotonic() - begin, cpu_seconds() - cpu
    assert len(report) == 12_870
    line = {
        "bench": "explore-12870/generators",
        "ops": 1,
        "seconds": seconds,
        "cpu_seconds": cpu,
    }
    print(json.dumps(line), flush=True)


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
