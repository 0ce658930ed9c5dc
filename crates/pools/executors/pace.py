"""The notes' seconds, of which each lasts as long as PACE says."""

import os
import time

SECOND = float(os.environ.get("PACE", "0.1"))


def sleep(seconds):
    """Sleep for so many seconds of the notes."""
    time.sleep(seconds * SECOND)


def clock():
    """Return the time in seconds of the notes."""
    return time.monotonic() / SECOND
