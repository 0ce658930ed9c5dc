"""Coroutines that sleep until all of them do, and the memory that they take."""

import threading
import time

from told import SECOND, say


class Sleepers:
    """A number of coroutines, or threads, that sleep until all of them do."""

    def __init__(self, kind, count):
        self.kind, self.all = kind, count
        self.asleep = self.slept = self.each = 0
        self.lock = threading.Lock()
        self.before, self.begin = resident(), time.monotonic()

    def seconds(self):
        """The seconds for which one of them sleeps: it goes to sleep now."""
        with self.lock:
            self.asleep += 1
            if self.asleep == self.all:
                self.each = (resident() - self.before) / self.all
        has_slept = False
        while not (has_slept and self.asleep == self.all):
            if time.monotonic() - self.begin > 10:
                return  # some never fall asleep
            with self.lock:
                self.slept += 1
            has_slept = True
            yield

    def check(self):
        seconds = (time.monotonic() - self.begin) / SECOND
        say(f"{self.kind}: {self.asleep} asleep, {self.each:.1f} KiB each")
        assert self.asleep == self.all
        assert seconds <= self.slept / 100


def resident():
    """The KiB of this process that lie in memory."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    raise OSError("no VmRSS in /proc/self/status")
