"""A worker and an owner of a task, played in every order of their steps."""

from itertools import product


def look_and_act():
    """Return how many schedules there are, and how many run and cancel a task."""
    outcomes = {}
    for turns in product("WO", repeat=4):
        state = {"cancelled": False, "begun": False}
        threads = {"W": worker(state), "O": owner(state)}
        played = [turn for turn in turns if next(threads[turn], None)]
        if not any(next(thread, None) for thread in threads.values()):
            outcomes["".join(played)] = state["cancelled"] and state["begun"]
    return len(outcomes), sum(outcomes.values())


def worker(state):
    cancelled = state["cancelled"]
    yield "looks"
    if not cancelled:
        state["begun"] = True
        yield "acts"


def owner(state):
    begun = state["begun"]
    yield "looks"
    if not begun:
        state["cancelled"] = True
        yield "acts"
