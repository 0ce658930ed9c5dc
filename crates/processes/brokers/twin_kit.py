"""The brokers, and the same few methods for the client of each."""

import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager

import pika
import redis as redis_client
from pymemcache.client.base import Client as MemcacheClient
from redis.backoff import NoBackoff
from redis.retry import Retry


class Server:
    """A broker on a free port, with its data in a temporary folder."""

    def __init__(self, arguments, folder):
        self.folder = folder
        self.port = free_port()
        self.arguments = [
            text.format(port=self.port, folder=folder, nodes=self.port + 6000)
            for text in arguments
        ]
        self.start()

    def start(self):
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.process = subprocess.Popen(
                self.arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "the broker has ended"
            try:
                socket.create_connection(("127.0.0.1", self.port), 60).close()
                if self.arguments[0] == "redis-server":
                    # It may still read its log from the disk.
                    connect_redis(self.port).ping()
                return
            except (ConnectionRefusedError, redis_client.ConnectionError):
                time.sleep(0.01)
        raise TimeoutError("the broker does not listen in time")

    def kill(self):
        self.process.kill()
        self.process.wait()


def free_port():
    while True:
        port = random.randrange(20_000, 26_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


@contextmanager
def started(arguments):
    folder = tempfile.mkdtemp(prefix="brokers-")
    server = None
    try:
        server = Server(arguments, folder)
        yield server
    finally:
        if server:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def redis_server(durable="no"):
    return started(
        ["redis-server", "--bind", "127.0.0.1", "--port", "{port}"]
        + ["--save", "", "--appendonly", durable, "--appendfsync", "always"]
        + ["--dir", "{folder}"]
    )


def memcached_server(megabytes=64):
    user = ["-u", "root"] if os.geteuid() == 0 else []
    memory = ["-U", "0", "-m", str(megabytes), "-t", "2"]
    return started(
        ["memcached", "-l", "127.0.0.1", "-p", "{port}", *memory, *user]
    )


def rabbitmq_server():
    erlang = (
        "-noinput -sname apples@localhost -start_epmd false"
        " -erl_epmd_port {nodes} -kernel inet_dist_use_interface {{127,0,0,1}}"
    )
    return started(
        [
            "env",
            "HOME={folder}",
            "RABBITMQ_NODENAME=apples@localhost",
            "RABBITMQ_NODE_IP_ADDRESS=127.0.0.1",
            "RABBITMQ_NODE_PORT={port}",
            "RABBITMQ_CONF_ENV_FILE=/dev/null",
            "RABBITMQ_CONFIG_FILE={folder}/none",
            "RABBITMQ_ENABLED_PLUGINS_FILE={folder}/plugins",
            "RABBITMQ_MNESIA_BASE={folder}/mnesia",
            "RABBITMQ_LOG_BASE={folder}",
            "RABBITMQ_LOGS=-",
            "RABBITMQ_ALLOW_INPUT=1",
            f"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS={erlang}",
            "/usr/lib/rabbitmq/bin/rabbitmq-server",
        ]
    )


@contextmanager
def daemons(*processes):
    """Start them, and end them with the block."""
    for process in processes:
        process.daemon = True
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.join()


def connect_redis(port, name=None):
    # Without attempts of its own, which would take seconds.
    never = Retry(NoBackoff(), 0)
    return redis_client.Redis(port=port, retry=never, client_name=name)


class RedisList:
    def __init__(self, port):
        self.redis = connect_redis(port)

    def put(self, item):
        self.redis.rpush("list", item)

    def get(self, seconds):
        got = self.redis.blpop("list", timeout=seconds)
        return got and (got[1].decode(), False, None)

    def ack(self, receipt):
        """Redis has forgotten the item when it sent it."""


class RedisReliable:
    def __init__(self, port):
        self.name = f"{os.getpid()}-{random.random()}"
        self.redis = connect_redis(port, self.name)

    def put(self, item):
        self.redis.rpush("reliable", item)

    def get(self, seconds):
        deadline = time.monotonic() + seconds
        self.redis.sadd("hands", self.name)
        while True:
            if (item := self.take_over()) is not None:
                return item.decode(), True, item
            wait = min(max(deadline - time.monotonic(), 0.001), 0.1)
            item = self.redis.blmove("reliable", self.name, wait)
            if item is not None:
                return item.decode(), False, item
            if time.monotonic() >= deadline:
                return None

    def take_over(self):
        """An item of a consumer that is no longer connected."""
        both = self.redis.pipeline()
        hands, clients = both.smembers("hands").client_list().execute()
        connected = {client["name"] for client in clients}
        for gone in {hand.decode() for hand in hands} - connected:
            item = self.redis.lmove(gone, self.name)
            if item is not None:
                return item
            self.redis.srem("hands", gone)
        return None

    def ack(self, item):
        assert self.redis.lrem(self.name, 1, item) == 1


class RedisStream:
    def __init__(self, port, claim_after=60):
        self.redis = connect_redis(port)
        self.name = f"{os.getpid()}-{random.random()}"
        self.claim_after = claim_after
        try:
            self.redis.xgroup_create("stream", "group", id="0", mkstream=True)
        except redis_client.ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    def put(self, item):
        self.redis.xadd("stream", {"item": item})

    def get(self, seconds):
        deadline = time.monotonic() + seconds
        while True:
            idle = int(self.claim_after * 1000)
            claimed = self.redis.xautoclaim(
                "stream", "group", self.name, idle, count=1
            )[1]
            if claimed:
                [(receipt, item)] = claimed
                return item[b"item"].decode(), True, receipt
            rest = max(deadline - time.monotonic(), 0.001)
            wait = int(min(rest, self.claim_after) * 1000) or 1
            read = self.redis.xreadgroup(
                "group", self.name, {"stream": ">"}, count=1, block=wait
            )
            if read:
                [(_, [(receipt, item)])] = read
                return item[b"item"].decode(), False, receipt
            if time.monotonic() >= deadline:
                return None

    def ack(self, receipt):
        both = self.redis.pipeline()
        both.xack("stream", "group", receipt).xdel("stream", receipt).execute()

    def unfinished(self):
        return self.redis.xlen("stream")


class Memcached:
    def __init__(self, port, queue="keys", lock=60):
        self.memcache = MemcacheClient(
            ("127.0.0.1", port), default_noreply=False
        )
        self.queue, self.lock, self.first = queue, lock, 1

    def put(self, item):
        self.memcache.add(f"{self.queue}:count", b"0")
        number = self.memcache.incr(f"{self.queue}:count", 1)
        self.memcache.set(f"{self.queue}:item:{number}", b"+" + item.encode())

    def get(self, seconds):
        deadline = time.monotonic() + seconds
        while True:
            taken = self.take()
            if taken or time.monotonic() >= deadline:
                return taken
            time.sleep(0.01)

    def take(self):
        count = int(self.memcache.get(f"{self.queue}:count", b"0"))
        for number in range(self.first, count + 1):
            key, lock, began = (
                f"{self.queue}:{what}:{number}"
                for what in ("item", "lock", "began")
            )
            item = self.memcache.get(key)
            if item == b"-" and number == self.first:
                self.first += 1
            if item in (None, b"-"):
                continue
            if not self.memcache.add(lock, b"", expire=self.lock):
                continue
            item = self.memcache.get(key)
            if item not in (None, b"-"):
                redelivered = not self.memcache.add(began, b"")
                return item[1:].decode(), redelivered, number
        return None

    def ack(self, number):
        self.memcache.set(f"{self.queue}:item:{number}", b"-")
        self.memcache.delete(f"{self.queue}:began:{number}")
        self.memcache.delete(f"{self.queue}:lock:{number}")


class RabbitMq:
    def __init__(self, port):
        parameters = pika.ConnectionParameters("127.0.0.1", port)
        self.connection = pika.BlockingConnection(parameters)
        self.channel = self.connection.channel()
        self.channel.queue_declare("apples", durable=True)
        self.channel.basic_qos(prefetch_count=1)
        self.channel.confirm_delivery()

    def put(self, item):
        persistent = pika.BasicProperties(delivery_mode=2)
        self.channel.basic_publish("", "apples", item.encode(), persistent)

    def get(self, seconds):
        for method, _, body in self.channel.consume(
            "apples", inactivity_timeout=seconds
        ):
            if method is None:
                return None
            return body.decode(), method.redelivered, method.delivery_tag

    def ack(self, receipt):
        self.channel.basic_ack(receipt)
