"""The scenes of scopes in Python: python3 twin.py chain"""

import io
import os
import time
from argparse import ArgumentParser
from contextlib import ExitStack, redirect_stdout
from pathlib import Path
from threading import Lock, Thread

SECOND = float(os.environ.get("PACE", "0.1"))  # how long a note-second lasts
FAULTS = Path(__file__).parent / "src" / "faults"


def say(line):
    """Print a line with one write, so that no two lines ever mix."""
    os.write(1, f"{line}\n".encode())


# ── block ──
def block():
    # A block has no scope of its own: the name is the function's.
    if 1 == 1:
        name = "Janice"
    say(name)
    assert name == "Janice"

    for i in range(10):
        name = i
    say(name)
    assert name == 9

    name = "alex"

    def inner():
        name = "eric"
        say(f"in the block: {name}")

    # Only a function has a scope of its own.
    inner()
    say(f"after the block: {name}")
    assert name == "alex"

    told = []
    # A value is freed when the last reference to it goes. What must happen
    # at the end of a block is said with `with`.
    with ExitStack() as stack:
        stack.callback(told.append, "first")
        stack.callback(told.append, "second")
        told.append("the block ends")
    told.append("after the block")
    for line in told:
        say(line)
    assert told == ["the block ends", "second", "first", "after the block"]


# ── chain ──
def chain():
    name = "alex"

    def f1():
        say(name)
        return name

    def f2():
        name = "eric"
        say(f"{name} calls f1")
        return f1()

    assert f2() == "alex"

    def f2():
        name = "eric"
        say(f"{name} returns f1")
        return f1

    ret = f2()
    assert ret() == "alex"


# ── late-binding ──
def late_binding():
    li = [x + 1 for x in range(10) if x > 6]
    say(li)
    assert li == [8, 9, 10]

    li2 = [lambda: x for x in range(10)]
    say(li2[0]())
    assert all(f1() == 9 for f1 in li2)

    li = []
    for i in range(10):

        def f1(x=i):
            return x

        li.append(f1)
    for f1 in li[:3]:
        say(f1())
    assert [f1() for f1 in li] == list(range(10))


# ── captures ──
def captures():
    name = "alex"

    def reads():
        return len(name)

    # Every closure holds cells, and shares them with the function around it.
    cells = len(reads.__closure__)
    say(f"reads: {cells} cell, returns {reads()} and {reads()}")
    name = "Janice"
    assert reads() == 6

    count = 0

    def counts():
        nonlocal count
        count += 1
        return count

    say(f"changes: {len(counts.__closure__)} cell")
    three_times(counts)
    say(f"count is {count}")
    assert count == 3

    count = 0

    # There is no `move`: a copy is a variable of a function around it.
    def counter(count):
        def counts():
            nonlocal count
            count += 1
            return count

        return counts

    last = three_times(counter(count))
    say(f"with a copy: it has counted to {last}, count is {count}")
    assert (last, count) == (3, 0)

    pair = ("alex", "eric")

    def takes():
        return pair[0]

    # It holds the whole pair, and can be called as often as you like.
    assert takes.__closure__[0].cell_contents is pair
    say(f"takes: {len(takes.__closure__)} cell, with both")
    say(f"{takes()} and {pair[1]}")


def three_times(f):
    f()
    f()
    return f()


# ── temporaries ──
def temporaries():
    queue, mutex = [3, 2, 1], Lock()

    def lock():
        return "held" if mutex.locked() else "free"

    # The indentation says how long the lock is held.
    with mutex:
        if queue:
            say(f"if let {queue.pop()}: the lock is {lock()}")
            assert lock() == "held"
    with mutex:
        say(f"match {queue.pop()}: the lock is {lock()}")
    with mutex:
        x = queue.pop()
    say(f"let {x}: the lock is {lock()}")
    assert lock() == "free"
    with mutex:
        x = queue.pop() if queue else None
    if x is None:
        say(f"else: the lock is {lock()}")
        assert lock() == "free"

    queue.extend([2, 1])

    def works_inside(work):
        more = True
        while more:
            with mutex:
                more = bool(queue)
                if more:
                    queue.pop()
                    work()

    most = most_at_work(0.5 * SECOND, works_inside)
    say(f"lock in `while let`: {most} of two workers at work at once")
    assert most == 1

    queue.extend([2, 1])

    def next_one():
        with mutex:
            return queue.pop() if queue else None

    def works_outside(work):
        while next_one() is not None:
            work()

    most = most_at_work(20 * SECOND, works_outside)
    say(f"lock in a function: {most} of two workers at work at once")
    assert most == 2


def most_at_work(patience, worker):
    """How many of two workers are at work at once, at the most."""
    counting = Lock()
    at_work = most = 0

    def work():
        nonlocal at_work, most
        deadline = time.monotonic() + patience
        with counting:
            at_work += 1
            most = max(most, at_work)
        while most < 2 and time.monotonic() < deadline:
            time.sleep(0)
        time.sleep(0.5 * SECOND)
        with counting:
            at_work -= 1

    threads = [Thread(target=worker, args=(work,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return most


# ── faults ──
def faults():
    raised = 0
    names = ["after-block", "after-loop", "outside-function", "after-del"]
    names += ["function-item", "before-assignment", "late-binding", "outlives"]
    for name in names:
        file = FAULTS / f"{name.replace('-', '_')}.rs"
        lines = file.read_text().splitlines()
        text = "\n".join(line.removeprefix("//!")[1:] for line in lines)
        program = text.partition("```python\n")[2].partition("```")[0]
        expected = text.partition("\nPython: ")[2].partition("\n")[0].replace("`", "")
        code = text.partition("```compile_fail,")[2].partition("\n")[0]
        does = outcome(program)
        say(f"{name}: rustc {code}, Python {does}")
        assert does == expected
        raised += does.startswith("raises")
    assert raised == 3


def outcome(program):
    """Run a program, and tell what it prints, or how it fails."""
    with redirect_stdout(io.StringIO()) as printed:
        try:
            exec(program, {})
        except Exception as error:
            return f"raises {type(error).__name__}"
    return f"prints {printed.getvalue().strip()}"


SCENES = {
    "block": block,
    "chain": chain,
    "late-binding": late_binding,
    "captures": captures,
    "temporaries": temporaries,
    "faults": faults,
}

if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
