#!/usr/bin/env python3
"""A proxy between Kafka clients and librdkafka's mock cluster that adds growing topics.

    kafka_proxy.py HOST:PORT,HOST:PORT tasks=2 results=2

Of the named topics, clients see only this many partitions, until they ask for more with CreatePartitions. This and other
administrative requests are answered here. Everything else is passed on. Answers name the proxy's address instead of the
brokers', so every client stays with the proxy.

KAFKA_PROXY_HOST is the address to listen on, by default 127.0.0.1. With KAFKA_PROXY_GROUPS=1 consumer groups are
coordinated here, as fast as Kafka does it (`kafka_groups.py`). One line of JSON on standard output has the ports.

HTTP requests control the proxy:

    POST /down               closes all connections and ports
    POST /hole               keeps connections open, and answers nothing
    POST /up                 ends both
    POST /refuse, /allow     refuses or allows the growth of topics
    POST /deny?write=tasks   denies a right until /allow: write, read or configs of a topic, or group of a group
    POST /grow?topic=N       adds partitions, as kafka-topics.sh does
    POST /hold               holds the answers to commits of offsets until /release
    GET /state               the visible partitions, the number of answered requests of each kind, and the held answers
"""

import asyncio
import json
import os
import struct
import sys
from urllib.parse import parse_qsl, urlsplit

import kafka_coordinator
from kafka_wire import Reader, Writer

PRODUCE, FETCH, METADATA, OFFSET_COMMIT, FIND_COORDINATOR, API_VERSIONS = 0, 1, 3, 8, 10, 18
DESCRIBE_GROUPS, CREATE_TOPICS, DESCRIBE_CONFIGS, CREATE_PARTITIONS = 15, 19, 32, 37
# The requests that are answered here, with their versions.
OWN = {DESCRIBE_GROUPS: (0, 0), CREATE_TOPICS: (0, 2), DESCRIBE_CONFIGS: (0, 1), CREATE_PARTITIONS: (0, 0)}
OWN_NAMES = {DESCRIBE_GROUPS: "describe_groups", CREATE_TOPICS: "create_topics", DESCRIBE_CONFIGS: "describe_configs",
             CREATE_PARTITIONS: "create_partitions"}
TOPIC_AUTHORIZATION_FAILED, TOPIC_ALREADY_EXISTS, INVALID_PARTITIONS, POLICY_VIOLATION = 29, 36, 37, 44
UNKNOWN_TOPIC, INVALID_REQUIRED_ACKS, GROUP_AUTHORIZATION_FAILED = 3, 21, 30
SETTINGS = {"max.message.bytes": "16777216", "retention.ms": "3600000", "cleanup.policy": "delete"}


class Proxy:
    def __init__(self, upstream, shown, host="127.0.0.1", coordinates=False):
        self.upstream = upstream
        self.host = host  # where clients find the proxy
        self.ports = {}  # the proxy's port for each broker
        self.shown = dict(shown)  # the partitions of a topic that clients see
        self.real = {}  # the partitions of a topic that the cluster has
        self.denied = set()  # rights, as in ("write", "tasks")
        self.answered = dict.fromkeys(OWN_NAMES.values(), 0)
        self.is_down = self.refuses = False
        self.connections = set()
        self.holds_commits = False
        self.held = []  # answers to commits, each with its client
        self.servers = []
        self.passing = asyncio.Event()  # cleared by `POST /hole`
        self.passing.set()
        self.coordinator_of_groups = kafka_coordinator.Coordinator(self.send) if coordinates else None

    async def start(self):
        await self.listen()
        if self.coordinator_of_groups:
            self.ticking = asyncio.ensure_future(self.coordinator_of_groups.run(self.passing))
        control = await asyncio.start_server(self.control, "127.0.0.1", 0)
        print(json.dumps({
            "brokers": ",".join(f"{self.host}:{port}" for port in self.ports.values()),
            "control": f"http://127.0.0.1:{control.sockets[0].getsockname()[1]}",
        }), flush=True)

    async def listen(self):
        """Listens on free ports the first time, and on the same ports later."""
        for to in self.upstream:
            server = await asyncio.start_server(
                lambda reader, writer, to=to: self.serve(reader, writer, to), self.host, self.ports.get(to, 0))
            self.ports[to] = server.sockets[0].getsockname()[1]
            self.servers.append(server)

    def drop(self):
        for pair in list(self.connections):
            for end in pair:
                end.transport.abort()

    # Passing on

    async def serve(self, reader, writer, to):
        """Serves a client's connection, with a connection of its own to the broker."""
        if self.is_down:
            return writer.close()
        if not self.passing.is_set():
            # A connection that began in a hole is never answered, not even after the hole.
            await self.passing.wait()
            return writer.transport.abort()
        try:
            broker_reader, broker_writer = await asyncio.open_connection(*to)
        except OSError:
            return writer.close()
        pair = (writer, broker_writer)
        self.connections.add(pair)
        asked = {}  # correlation id to the request's key and version
        try:
            ways = [
                asyncio.ensure_future(self.requests(reader, writer, broker_writer, asked)),
                asyncio.ensure_future(self.answers(broker_reader, writer, asked)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            for result in await asyncio.gather(*ways, return_exceptions=True):
                if isinstance(result, Exception) and not isinstance(result, (OSError, EOFError)):
                    print(f"{type(result).__name__}: {result}", file=sys.stderr, flush=True)
        finally:
            self.connections.discard(pair)
            for end in pair:
                end.close()

    @staticmethod
    async def frame(reader):
        (count,) = struct.unpack(">i", await reader.readexactly(4))
        return await reader.readexactly(count)

    @staticmethod
    async def send(writer, data):
        writer.write(struct.pack(">i", len(data)))
        writer.write(data)
        await writer.drain()

    async def requests(self, client, client_writer, broker, asked):
        while True:
            data = await self.frame(client)
            await self.passing.wait()
            key, version, correlation = struct.unpack_from(">hhi", data)
            if key in OWN:
                self.answered[OWN_NAMES[key]] += 1
                request = Reader(data)
                request.at = 8
                request.string()  # the client's name
                answer = Writer().put("i", correlation)
                self.own(key, version, request, answer)
                await self.send(client_writer, bytes(answer.data))
                continue
            refusal = {PRODUCE: self.refuse_to_write, FETCH: self.refuse_to_read}.get(key)
            if refusal:
                request = Reader(data)
                request.at = 8
                request.string()  # the client's name
                answer = refusal(version, request, Writer().put("i", correlation))
                if answer:
                    await self.send(client_writer, bytes(answer.data))
                    continue
            if self.coordinator_of_groups and key in kafka_coordinator.REQUESTS:
                request = Reader(data)
                request.at = 8
                request.string()
                token = (client_writer, version, correlation)
                if await self.coordinator_of_groups.answer(key, version, request, token):
                    continue
            if key in (METADATA, OFFSET_COMMIT, FIND_COORDINATOR, API_VERSIONS):
                asked[correlation] = (key, version)
            await self.send(broker, data)

    async def answers(self, broker, client, asked):
        while True:
            data = await self.frame(broker)
            await self.passing.wait()
            (correlation,) = struct.unpack_from(">i", data)
            key, version = asked.pop(correlation, (None, 0))
            change = {METADATA: self.metadata, FIND_COORDINATOR: self.coordinator, API_VERSIONS: self.versions}.get(key)
            if change:
                answer = Writer().put("i", correlation)
                change(version, Reader(data[4:]), answer)
                data = bytes(answer.data)
            if key == OFFSET_COMMIT and self.holds_commits:
                self.held.append((client, data))
                continue
            await self.send(client, data)

    # Changed on the way back

    def address(self, reader, writer):
        host, port = reader.string(), reader.take("i")
        own = self.ports.get((host, port))
        writer.string(host if own is None else self.host).put("i", port if own is None else own)

    def versions(self, version, reader, writer):
        error = reader.take("h")
        writer.put("h", error)
        # An old broker answers an unknown version in another form. The client then asks again.
        if not error:
            ranges = reader.array(lambda: (reader.take("h"), reader.take("h"), reader.take("h")))
            here = OWN | (kafka_coordinator.REQUESTS if self.coordinator_of_groups else {})
            ranges = [each for each in ranges if each[0] not in here]
            ranges += [(key, low, high) for key, (low, high) in here.items()]
            writer.array(ranges, lambda item: writer.put("hhh", *item))
        writer.data += reader.rest()

    def coordinator(self, version, reader, writer):
        if version >= 1:
            writer.put("i", reader.take("i"))
        writer.put("h", reader.take("h"))
        if version >= 1:
            writer.string(reader.string())
        writer.put("i", reader.take("i"))
        self.address(reader, writer)
        writer.data += reader.rest()

    def metadata(self, version, reader, writer):
        """Versions 0 to 2, the highest that the mock cluster supports."""
        first = None
        count = reader.take("i")
        writer.put("i", count)
        for _ in range(count):
            node = reader.take("i")
            first = node if first is None else first
            writer.put("i", node)
            self.address(reader, writer)
            if version >= 1:
                writer.string(reader.string())
        if version >= 2:
            writer.string(reader.string())
        if version >= 1:
            reader.take("i")
            writer.put("i", first or -1)  # a controller, to ask for administration
        count = reader.take("i")
        writer.put("i", count)
        for _ in range(count):
            writer.put("h", reader.take("h"))
            topic = reader.string()
            writer.string(topic)
            if version >= 1:
                writer.put("b", reader.take("b"))
            partitions = reader.array(lambda: (
                reader.take("h"), reader.take("i"), reader.take("i"),
                reader.array(lambda: reader.take("i")), reader.array(lambda: reader.take("i"))))
            self.real[topic] = len(partitions)
            partitions = [each for each in partitions if each[1] < self.shown.get(topic, len(partitions))]
            writer.array(partitions, lambda each: writer.put("hii", *each[:3])
                         .array(each[3], lambda node: writer.put("i", node))
                         .array(each[4], lambda node: writer.put("i", node)))
        writer.data += reader.rest()

    # Refusals as Kafka makes them: rights first, then the number of acknowledgements

    def refuse_to_write(self, version, reader, writer):
        if version >= 3:
            reader.string()  # of a transaction
        acks, _ = reader.take("h"), reader.take("i")

        def partition():
            index, count = reader.take("i"), reader.take("i")
            reader.at += count
            return index

        topics = reader.array(lambda: (reader.string(), reader.array(partition)))
        is_denied = any(("write", topic) in self.denied for topic, _ in topics)
        if not is_denied and acks in (-1, 0, 1):
            return None
        error = TOPIC_AUTHORIZATION_FAILED if is_denied else INVALID_REQUIRED_ACKS

        def answer(index):
            writer.put("ihq", index, error, -1)
            if version >= 2:
                writer.put("q", -1)
            if version >= 5:
                writer.put("q", -1)

        writer.array(topics, lambda topic: writer.string(topic[0]).array(topic[1], answer))
        return writer.put("i", 0) if version >= 1 else writer

    def refuse_to_read(self, version, reader, writer):
        """Versions up to 4, the highest that the embedded broker announces."""
        reader.take("i"), reader.take("i"), reader.take("i")
        if version >= 3:
            reader.take("i")
        if version >= 4:
            reader.take("b")
        topics = reader.array(lambda: (reader.string(), reader.array(
            lambda: (reader.take("i"), reader.take("q"), reader.take("i")))))
        if not any(("read", topic) in self.denied for topic, _ in topics):
            return None
        if version >= 1:
            writer.put("i", 0)

        def answer(partition):
            writer.put("ihq", partition[0], TOPIC_AUTHORIZATION_FAILED, -1)
            if version >= 4:
                writer.put("qi", -1, -1)
            writer.put("i", 0)  # bytes of records

        return writer.array(topics, lambda topic: writer.string(topic[0]).array(topic[1], answer))

    # Answered here

    def own(self, key, version, reader, writer):
        {DESCRIBE_GROUPS: self.describe_groups, CREATE_TOPICS: self.create_topics, DESCRIBE_CONFIGS: self.describe_configs,
         CREATE_PARTITIONS: self.create_partitions}[key](version, reader, writer)

    def describe_groups(self, version, reader, writer):
        def group(name):
            error = GROUP_AUTHORIZATION_FAILED if ("group", name) in self.denied else 0
            writer.put("h", error).string(name).string("" if error else "Dead").string("").string("").put("i", 0)

        writer.array(reader.array(reader.string), group)

    def create_topics(self, version, reader, writer):
        """The mock cluster creates a topic when a client asks about it, so every topic exists."""
        def topic():
            name = reader.string()
            reader.take("i"), reader.take("h")
            reader.array(lambda: (reader.take("i"), reader.array(lambda: reader.take("i"))))
            reader.array(lambda: (reader.string(), reader.string()))
            return name

        names = reader.array(topic)
        if version >= 2:
            writer.put("i", 0)
        for_each = lambda name: writer.string(name).put("h", TOPIC_ALREADY_EXISTS)
        writer.array(names, for_each if version == 0 else lambda name: for_each(name).string(None))

    def create_partitions(self, version, reader, writer):
        wanted = reader.array(lambda: (
            reader.string(), reader.take("i"), [reader.array(lambda: reader.take("i"))
                                                for _ in range(reader.take("i"))]))
        writer.put("i", 0).array([(topic, *self.grow(topic, count)) for topic, count, _ in wanted],
                                 lambda each: writer.string(each[0]).put("h", each[1]).string(each[2]))

    def grow(self, topic, count, is_person=False):
        shown = self.shown.get(topic, self.real.get(topic))
        if shown is None:
            return UNKNOWN_TOPIC, "no such topic"
        if self.refuses and not is_person:
            return TOPIC_AUTHORIZATION_FAILED, "Authorization failed."
        if count <= shown:
            return INVALID_PARTITIONS, f"Topic {topic} has {shown} partitions, {count} would not be an increase."
        if count > self.real.get(topic, count):
            return POLICY_VIOLATION, f"the mock cluster has made {topic} with {self.real[topic]} partitions"
        self.shown[topic] = count
        return 0, None

    def describe_configs(self, version, reader, writer):
        resources = reader.array(lambda: (
            reader.take("b"), reader.string(), [reader.string() for _ in range(reader.take("i"))]))

        def entry(item):
            writer.string(item[0]).string(item[1]).put("bbb", 0, 1 if version >= 1 else 0, 0)
            if version >= 1:
                writer.put("i", 0)

        def resource(item):
            if ("configs", item[1]) in self.denied:
                writer.put("h", TOPIC_AUTHORIZATION_FAILED).string(None).put("b", item[0]).string(item[1]).put("i", 0)
                return
            writer.put("h", 0).string(None).put("b", item[0]).string(item[1])
            writer.array(list(SETTINGS.items()), entry)

        writer.put("i", 0).array(resources, resource)

    # Control

    async def control(self, reader, writer):
        try:
            method, target, _ = (await reader.readline()).decode().split(" ", 2)
            while (await reader.readline()).strip():
                pass
            status, body = await self.order(method, urlsplit(target))
            data = json.dumps(body).encode()
            writer.write(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n"
                         "Connection: close\r\n\r\n".encode() + data)
            await writer.drain()
        finally:
            writer.close()

    async def order(self, method, target):
        if method == "POST":
            if target.path == "/down":
                self.is_down = True
                while self.servers:
                    self.servers.pop().close()
                self.drop()
            elif target.path == "/hole":
                self.passing.clear()
            elif target.path == "/up":
                if not self.passing.is_set():
                    self.drop()
                    self.passing.set()
                if not self.servers:
                    await self.listen()
                self.is_down = False
            elif target.path in ("/refuse", "/allow"):
                self.refuses = target.path == "/refuse"
                self.denied.clear()
            elif target.path == "/deny":
                self.denied |= set(parse_qsl(target.query))
            elif target.path in ("/hold", "/release"):
                self.holds_commits = target.path == "/hold"
                if not self.holds_commits:
                    for client, data in self.held:
                        client.write(struct.pack(">i", len(data)) + data)
                    self.held.clear()
            elif target.path == "/grow":
                for topic, count in parse_qsl(target.query):
                    error, text = self.grow(topic, int(count), is_person=True)
                    if error:
                        return "409 Conflict", {"error": text}
            else:
                return "404 Not Found", {"error": "no such order"}
        return "200 OK", {"partitions": self.shown, "answered": self.answered, "is_down": self.is_down,
                          "held": len(self.held)}


async def main():
    brokers, *topics = sys.argv[1:]
    upstream = [(host, int(port)) for host, port in (each.rsplit(":", 1) for each in brokers.split(","))]
    shown = ((name, int(count)) for name, count in (each.split("=") for each in topics))
    proxy = Proxy(upstream, shown, os.environ.get("KAFKA_PROXY_HOST", "127.0.0.1"),
                  os.environ.get("KAFKA_PROXY_GROUPS") == "1")
    await proxy.start()
    parent = os.getppid()
    while os.getppid() == parent:  # the process that started it may be killed
        await asyncio.sleep(1)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
