"""The scenes of brokers in Python: python3 twin.py redis"""

import os
import random
import signal
import time
from argparse import ArgumentParser
from contextlib import ExitStack
from functools import partial
from multiprocessing import Event, Process, Queue, set_start_method

import redis as redis_client
from twin_kit import Memcached, RabbitMq
from twin_kit import RedisList, RedisReliable, RedisStream
from twin_kit import daemons, memcached_server, rabbitmq_server, redis_server

# How long a second of the notes lasts.
SECOND = float(os.environ.get("PACE", "0.1"))
SEED = int(os.environ.get("SEED", "1"))
ALL = [f"apple {apple}" for apple in range(10)]


def say(line):
    """Print a line with one write, so that no two lines ever mix."""
    os.write(1, f"{line}\n".encode())


def harvest(connect, pause=True):
    rng, apples = random.Random(f"{SEED} producer"), connect()
    for apple in ALL:
        time.sleep(rng.random() * SECOND if pause else 0)
        say(f"+++{apple}")
        apples.put(apple)


def eat(name, connect, eaten):
    rng, apples = random.Random(f"{SEED} {name}"), connect()
    while True:
        got = apples.get(30 * SECOND)
        if got is None:
            continue
        apple, redelivered, receipt = got
        time.sleep(rng.uniform(1, 2) * SECOND)
        say(f"{name}--{apple}")
        apples.ack(receipt)
        eaten.put((apple, redelivered))


def pass_on(connect, names, pause=True):
    """What the consumers have eaten, sorted."""
    eaten = Queue()
    consumers = [
        Process(target=eat, args=(name, connect, eaten)) for name in names
    ]
    with daemons(*consumers):
        if pause is not None:
            harvest(connect, pause)
        return sorted(eaten.get(timeout=30 * SECOND) for _ in ALL)


# ── redis ──
def redis():
    say(f"── seed {SEED}")
    once = [(apple, False) for apple in ALL]
    with redis_server() as server:
        assert pass_on(partial(RedisList, server.port), "xyz") == once
        stream = partial(RedisStream, server.port)
        assert pass_on(stream, "xyz") == once
        assert stream().unfinished() == 0


# ── memcached ──
def memcached():
    with memcached_server(megabytes=4) as server:
        connect = partial(Memcached, server.port)
        eaten = pass_on(connect, "xyz", pause=False)
        assert eaten == [(apple, False) for apple in ALL]

        x, y = connect("slow", lock=1), connect("slow", lock=1)
        x.put("apple 0")
        assert x.get(10 * SECOND)
        say("x eats slowly, and its lock expires")
        _, redelivered, _ = y.get(30 * SECOND)
        assert redelivered

        large = connect("large")
        for apple in range(400):
            large.put(f"{apple:.<32768}")
        say("Memcached has accepted 400 large apples")
        first, _, _ = large.get(0)
        assert not first.startswith("0.")


# ── rabbitmq ──
def bite(connect, has_begun):
    apple, _, _ = connect().get(100 * SECOND)
    say(f"x bites into {apple}")
    has_begun.set()
    signal.pause()


def rabbitmq():
    say(f"── seed {SEED}")
    with rabbitmq_server() as server:
        connect = partial(RabbitMq, server.port)
        producer = Process(target=harvest, args=(connect, False), daemon=True)
        producer.start()
        producer.join()
        kill_x(connect)
        eaten = pass_on(connect, "yz", pause=None)
        assert eaten == [(apple, apple == "apple 0") for apple in ALL]


def kill_x(connect):
    has_begun = Event()
    x = Process(target=bite, args=(connect, has_begun), daemon=True)
    x.start()
    assert has_begun.wait(100 * SECOND)
    x.kill()
    x.join()


# ── killed-consumer ──
def killed_consumer():
    with redis_server() as server:
        assert kill(partial(RedisList, server.port), 5) == ["apple 1"]
        bitten = ["apple 0, bitten by another", "apple 1"]
        assert kill(partial(RedisReliable, server.port), 30) == bitten
        stream = partial(RedisStream, server.port, claim_after=3 * SECOND)
        assert kill(stream, 30) == bitten
    with memcached_server() as server:
        assert kill(partial(Memcached, server.port, lock=1), 30) == bitten


def kill(connect, patience):
    apples = connect()
    apples.put("apple 0")
    apples.put("apple 1")
    kill_x(connect)
    eaten = []
    while len(eaten) < 2 and (got := apples.get(patience * SECOND)):
        apple, redelivered, receipt = got
        apple += ", bitten by another" if redelivered else ""
        say(f"y eats {apple}")
        apples.ack(receipt)
        eaten.append(apple)
    return sorted(eaten)


# ── broker-restarted ──
def broker_restarted():
    with redis_server(durable="yes") as server:
        apples = RedisStream(server.port)
        put_three(apples)
        say(f"x has {apples.get(30 * SECOND)[0]}")
        server.kill()
        server.start()
        say("Redis with a log on disk was killed and started again")
        apples = RedisStream(server.port, claim_after=0)
        assert apples.unfinished() == 3
        assert apples.get(30 * SECOND)[:2] == ("apple 0", True)
    with redis_server() as server:
        put_three(RedisStream(server.port))
        server.kill()
        server.start()
        say("Redis without one was killed and started again")
        assert RedisStream(server.port).unfinished() == 0
    with memcached_server() as server:
        put_three(Memcached(server.port))
        server.kill()
        server.start()
        say("Memcached was killed and started again")
        assert Memcached(server.port).get(0) is None


def put_three(apples):
    for apple in range(3):
        apples.put(f"apple {apple}")
    say("main: three apples are accepted")


# ── reconnect ──
def eat_six(port, eaten, is_gone):
    apples = RedisStream(port)
    for _ in range(6):
        try:
            apple, _, receipt = apples.get(100 * SECOND)
        except redis_client.ConnectionError:
            say("x: the broker is gone")
            apples = again(port, is_gone)
            say("x: the broker is back")
            apple, _, receipt = apples.get(100 * SECOND)
        say(f"x--{apple}")
        apples.ack(receipt)
        eaten.put(apple)


def again(port, is_gone):
    pause, deadline = 0.01, time.monotonic() + 100 * SECOND
    while True:
        try:
            return RedisStream(port)
        except redis_client.ConnectionError:
            is_gone.set()
            if time.monotonic() > deadline:
                raise
        time.sleep(pause * random.uniform(0.5, 1))
        pause = min(2 * pause, 1)


def reconnect():
    eaten, is_gone = Queue(), Event()
    with ExitStack() as stack:
        server = stack.enter_context(redis_server(durable="yes"))
        x = Process(target=eat_six, args=(server.port, eaten, is_gone))
        stack.enter_context(daemons(x))
        put(server.port, ALL[:3])
        assert [eaten.get(timeout=30 * SECOND) for _ in "123"] == ALL[:3]
        server.kill()
        assert is_gone.wait(30 * SECOND)
        server.start()
        put(server.port, ALL[3:6])
        assert [eaten.get(timeout=30 * SECOND) for _ in "123"] == ALL[3:6]
        x.join(30 * SECOND)
        assert x.exitcode == 0


def put(port, apples):
    stream = RedisStream(port)
    for apple in apples:
        say(f"+++{apple}")
        stream.put(apple)


SCENES = {
    "redis": redis,
    "memcached": memcached,
    "rabbitmq": rabbitmq,
    "killed-consumer": killed_consumer,
    "broker-restarted": broker_restarted,
    "reconnect": reconnect,
}

if __name__ == "__main__":
    set_start_method("fork")
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
