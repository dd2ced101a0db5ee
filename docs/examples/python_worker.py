"""A Tilework worker in Python that knows four transforms. See ../wire-format.md.

    python3 -m venv .venv && .venv/bin/pip install confluent-kafka opencv-python-headless numpy
    .venv/bin/python python_worker.py http://127.0.0.1:5000 python-1

A master with keys is asked with one of the role worker, in TILEWORK_KEY.
"""
import json, os, signal, sys, time, urllib.request
import cv2
import numpy as np
from confluent_kafka import Consumer, KafkaException, Producer

def step(image, name, given):
    if name == "invert": return cv2.bitwise_not(image)
    if name == "grayscale": return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    if name == "sharpen": return cv2.filter2D(image, -1, np.float32([[-1, -1, -1], [-1, 9, -1], [-1, -1, -1]]))
    if name == "blur":
        ksize = int(given.get("ksize", 99))
        return cv2.GaussianBlur(image, (ksize, ksize), float(given.get("sigma", 0)))
    raise ValueError(f"this worker does not know the transform '{name}'")

def transform(task, payload):
    """The inner pixels after all steps: an array of rows, columns and channels."""
    pixels, inner = task["pixels"], task["inner"]
    image = np.frombuffer(payload, "<u1" if pixels["depth"] == 8 else "<u2")
    image = image.reshape(pixels["height"], pixels["width"], pixels["channels"])
    color, alpha = image, None
    if pixels["channels"] == 4: color, alpha = image[..., :3].copy(), image[..., 3:]
    if pixels["channels"] == 1: color = image[..., 0]
    for text in task["transforms"].split(","):
        name, *given = text.split(":")
        color = step(color, name, dict(word.split("=") for word in given))
    if color.ndim == 2: color = color[..., np.newaxis]
    if alpha is not None: color = np.concatenate([color] * (3 // color.shape[2]) + [alpha], axis=2)
    rows, columns = (slice(inner[a], inner[a] + inner[b]) for a, b in (("y", "height"), ("x", "width")))
    return color[rows, columns]

def answer(message, worker):
    """The topic, the partition, the headers and the value of the record that answers a task."""
    task = json.loads(dict(message.headers() or [])["tile"])
    if task["v"] != 1: raise ValueError(f"version {task['v']} is not known here")
    size = task["pixels"]["width"] * task["pixels"]["height"] * task["pixels"]["channels"] * task["pixels"]["depth"] // 8
    if len(message.value()) != size: raise ValueError(f"the value has {len(message.value())} bytes, not {size}")
    result = {key: task[key] for key in ("v", "job", "pass", "tile", "attempt")} | {"worker": worker}
    start = time.monotonic()
    try:
        image = transform(task, message.value())
        result |= {"status": "ok", "pixels": {"width": image.shape[1], "height": image.shape[0],
                   "channels": image.shape[2], "depth": task["pixels"]["depth"]}}
        payload = image.tobytes()
    except Exception as error:  # whatever it is, the master has to know
        result, payload = result | {"status": "failed", "reason": str(error)[:1000]}, b""
    result["ms"] = (time.monotonic() - start) * 1000
    return task["reply_to"], message.partition(), [("tile", json.dumps(result))], payload

def bury(message, worker, error):
    """The headers of the dead letter for a record that is no task."""
    letter = {"v": 1, "reason": f"{type(error).__name__}: {error}", "topic": message.topic(),
              "partition": message.partition(), "offset": message.offset(), "from": worker}
    return [("dead-letter", json.dumps(letter))] + [header for header in message.headers() or [] if header[0] == "tile"]

def main(master, worker):
    key = os.environ.get("TILEWORK_KEY")
    request = urllib.request.Request(f"{master}/api/v1/cluster", headers={"Authorization": f"Bearer {key}"} if key else {})
    cluster = json.load(urllib.request.urlopen(request))
    # A stranger's properties can load a library: only those are taken that are known to be harmless.
    own = {name: cluster["properties"][name] for name in ("fetch.wait.max.ms", "session.timeout.ms")
           if name in cluster["properties"]}
    common = {"bootstrap.servers": cluster["bootstrap_servers"], "message.max.bytes": 16 << 20} | own
    producer = Producer(common | {"enable.idempotence": True, "linger.ms": 0, "topic.metadata.refresh.interval.ms": 1000})
    consumer = Consumer(common | {"group.id": cluster["group"], "auto.offset.reset": "earliest",
                                  "partition.assignment.strategy": "range,roundrobin",
                                  "topic.metadata.refresh.interval.ms": 5000,  # topics grow with the fleet
                                  "enable.auto.offset.store": False})
    consumer.subscribe([cluster["topics"]["tasks"]])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while True:
            message = consumer.poll(1.0)
            if message is None or message.error(): continue
            try:
                topic, partition, headers, value = answer(message, worker)
            except Exception as error:
                topic, partition, value = cluster["topics"]["dead_letters"], 0, message.value()
                headers = bury(message, worker, error)
            errors = []
            producer.produce(topic, value, message.key(), partition=partition, headers=headers,
                             on_delivery=lambda error, _: errors.append(error))
            producer.flush()
            if errors != [None]: raise KafkaException(errors[0])
            consumer.store_offsets(message)
    finally:
        consumer.close()

if __name__ == "__main__": main(*sys.argv[1:3])
