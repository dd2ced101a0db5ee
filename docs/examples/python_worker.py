"""A Tilework worker in Python, with the steps that look at one pixel alone. See ../wire-format.md.

    python3 -m venv .venv && .venv/bin/pip install confluent-kafka numpy
    .venv/bin/python python_worker.py http://127.0.0.1:5000 python-1

If the master has keys, put one with the role worker into TILEWORK_KEY. After SIGTERM, Ctrl-C or an order to drain, the
worker finishes its tile and ends. Comments name the rules of the chapter "What a worker must do".
"""
import json, os, signal, socket, sys, threading, time, urllib.request, uuid
import numpy as np
from confluent_kafka import OFFSET_END, Consumer, KafkaError, KafkaException, Producer, TopicPartition
from formulas import POINTS, step

# Errors that mean that an answer can never be sent: its topic does not exist, or the answer is too large.
HOPELESS = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError.MSG_SIZE_TOO_LARGE)

def transform(task, payload):
    """The inner pixels after all steps: an array of rows, columns and channels."""
    pixels, inner = task["pixels"], task["inner"]
    image = np.frombuffer(payload, "<u1" if pixels["depth"] == 8 else "<u2")
    image = image.reshape(pixels["height"], pixels["width"], pixels["channels"])
    color, alpha = image, None
    if pixels["channels"] == 4: color, alpha = image[..., :3], image[..., 3:]
    if pixels["channels"] == 1: color = image[..., 0]
    for text in task["transforms"].split(","):
        name, *given = text.split(":")
        if name not in POINTS: raise ValueError(f"this worker does not know the transform '{name}'")
        color = step(color, name, {key: float(value) for key, value in (word.split("=") for word in given)})
    if color.ndim == 2: color = color[..., np.newaxis]
    if alpha is not None: color = np.concatenate([color] * (3 // color.shape[2]) + [alpha], axis=2)
    rows, columns = (slice(inner[a], inner[a] + inner[b]) for a, b in (("y", "height"), ("x", "width")))
    return color[rows, columns]

def read(message):
    """The task in a record. Raises an error if the record is malformed."""
    task = json.loads(dict(message.headers() or [])["tile"])
    if task["v"] != 1: raise ValueError(f"version {task['v']} is unknown")
    if "canvas" in task: raise ValueError("this worker has not asked for tiles in canvases")
    size = task["pixels"]["width"] * task["pixels"]["height"] * task["pixels"]["channels"] * task["pixels"]["depth"] // 8
    if len(message.value()) != size: raise ValueError(f"the value has {len(message.value())} bytes, not {size}")
    return task

class Worker:
    def __init__(self, master, name):
        self.name, self.instance, self.start = name, str(uuid.uuid4()), time.monotonic()
        self.done = self.dead_letters = 0
        self.owned, self.rebalances, self.backlog = [], 0, {}
        self.alone, self.ends, self.is_refused = None, threading.Event(), False
        self.changed = threading.Event()
        key = os.environ.get("TILEWORK_KEY")
        request = urllib.request.Request(f"{master}/api/v1/cluster", headers={"Authorization": f"Bearer {key}"} if key else {})
        cluster = json.load(urllib.request.urlopen(request))
        # A false master could send properties that load a library, so only these two are accepted.
        own = {name: cluster["properties"][name] for name in ("fetch.wait.max.ms", "session.timeout.ms")
               if name in cluster["properties"]}
        brokers = {"bootstrap.servers": cluster["bootstrap_servers"], "message.max.bytes": 16 << 20}
        self.topics = cluster["topics"]
        self.producer = Producer(brokers | {"enable.idempotence": True, "linger.ms": 0,
                                            "topic.metadata.refresh.interval.ms": 1000})
        reader = brokers | own | {"fetch.message.max.bytes": 16 << 20, "enable.auto.offset.store": False}
        self.consumer = Consumer(reader | {"group.id": cluster["group"], "auto.offset.reset": "earliest",
                                           "partition.assignment.strategy": "range,roundrobin",
                                           "topic.metadata.refresh.interval.ms": 5000})  # topics grow with the fleet
        self.orders = Consumer(reader | {"group.id": "tilework-no-group", "enable.auto.commit": False})
        self.orders.assign([TopicPartition(self.topics["heartbeats"], 0, OFFSET_END)])

    def assigned(self, consumer, partitions):
        """Remembers where each partition ends now: other workers may have tried the records before that (rule 9)."""
        for partition in partitions:
            self.backlog[partition.partition] = consumer.get_watermark_offsets(partition, timeout=10, cached=False)[1]
        self.owned, self.rebalances = [partition.partition for partition in partitions], self.rebalances + 1
        self.changed.set()

    def revoked(self, consumer, partitions):
        self.owned = []
        self.changed.set()

    def send(self, topic, partition, key, headers, value):
        """Sends a record, and returns once the cluster has it."""
        errors = []
        self.producer.produce(topic, value, key, partition=partition, headers=headers,
                              on_delivery=lambda error, _: errors.append(error))
        while not errors: self.producer.poll(0.1)
        if errors != [None]: raise KafkaException(errors[0])

    def heartbeat(self, state="online"):
        value = {"v": 1, "worker": self.name, "instance": self.instance, "host": socket.gethostname(), "pid": os.getpid(),
                 "state": state, "slots": 1, "tiles_done": self.done, "uptime": time.monotonic() - self.start,
                 "partitions": self.owned, "rebalances": self.rebalances, "dead_letters": self.dead_letters,
                 "steps": sorted(POINTS)}
        if self.alone: value["alone"] = self.alone
        self.send(self.topics["heartbeats"], 0, self.name, None, json.dumps(value))

    def send_heartbeats(self, stopped):
        """Sends a heartbeat every 2 s and whenever the partitions change, and reads the master's orders."""
        told = 0.0
        while not stopped.is_set():
            if time.monotonic() - told >= 2 or self.changed.is_set():
                self.changed.clear()
                told = time.monotonic()
                try: self.heartbeat()
                except KafkaException: pass  # the next heartbeat may succeed
            self.obey(self.orders.poll(0.2))

    def obey(self, message):
        if message is None or message.error() or "control" not in dict(message.headers() or []): return
        order = json.loads(message.value())
        if order.get("instance") != self.instance: return
        self.is_refused |= order.get("order") == "refuse"
        if order.get("order") in ("refuse", "drain"): self.ends.set()

    def commit(self, message):
        """Commits the offset of a task before it begins, because another worker may have tried the task (rule 9)."""
        self.consumer.store_offsets(message)
        while True:
            try: return self.consumer.commit(message=message, asynchronous=False)
            except KafkaException:
                # The offset may be committed although this failed. If the partition was revoked, or the worker is to end,
                # it cannot try again: answer the task.
                if message.partition() not in self.owned or self.ends.is_set(): return

    def answer(self, task, payload):
        """The headers and the value of the record that answers a task."""
        result = {key: task[key] for key in ("v", "job", "pass", "tile", "attempt")} | {"worker": self.name}
        start, cpu = time.monotonic(), time.process_time()
        try:
            image = transform(task, payload)
            result |= {"status": "ok", "pixels": {"width": image.shape[1], "height": image.shape[0],
                       "channels": image.shape[2], "depth": task["pixels"]["depth"]}}
            value = image.tobytes()
        except Exception as error:  # the master has to be told of any error
            result, value = result | {"status": "failed", "reason": str(error)[:1000]}, b""
        result |= {"ms": (time.monotonic() - start) * 1000, "cpu_ms": (time.process_time() - cpu) * 1000}
        return [("tile", json.dumps(result))], value

    def handle(self, message):
        try: task = read(message)
        except Exception as error: return self.dead_letter(message, error)
        if task["attempt"] > 1 or message.offset() < self.backlog.get(message.partition(), 0): self.commit(message)
        if task["attempt"] >= 3:  # rule 10: every task of this worker runs alone, but the master has to know of this one
            self.alone = {key: task[key] for key in ("job", "pass", "tile", "attempt")}
            self.heartbeat()
        headers, value = self.answer(task, message.value())
        try: self.send(task["reply_to"], message.partition(), message.key(), headers, value)
        except KafkaException as error:
            # With any other error the answer is lost; the master misses it and resends the tile (rule 6).
            if error.args[0].code() in HOPELESS: self.dead_letter(message, error)
        self.alone, self.done = None, self.done + 1

    def dead_letter(self, message, error):
        """Moves a record to the dead letters, because it is malformed or its answer cannot be sent."""
        letter = {"v": 1, "reason": f"{type(error).__name__}: {error}"[:1000], "topic": message.topic(),
                  "partition": message.partition(), "offset": message.offset(), "from": self.name}
        headers = [header for header in message.headers() or [] if header[0] == "tile"]
        self.send(self.topics["dead_letters"], 0, message.key(), [("dead-letter", json.dumps(letter))] + headers,
                  message.value())
        self.dead_letters += 1

    def run(self):
        stopped = threading.Event()
        beats = threading.Thread(target=self.send_heartbeats, args=[stopped])
        beats.start()
        self.consumer.subscribe([self.topics["tasks"]], on_assign=self.assigned, on_revoke=self.revoked)
        try:
            while not self.ends.is_set():
                message = self.consumer.poll(0.2)
                if message is None or message.error(): continue
                self.handle(message)
                # No offset can be stored for a partition that was revoked meanwhile.
                if message.partition() in self.owned: self.consumer.store_offsets(message)
        finally:
            self.consumer.close()  # commits what is stored, and leaves the group
            stopped.set()
            beats.join()
            self.owned = []
            if not self.is_refused: self.heartbeat("leaving")

if __name__ == "__main__":
    worker = Worker(*sys.argv[1:3])
    for number in (signal.SIGTERM, signal.SIGINT): signal.signal(number, lambda *_: worker.ends.set())
    worker.run()
    sys.exit(78 if worker.is_refused else 0)
