"""Independent Kafka clients that docs/kafka.md lists, with the embedded broker."""

import contextlib

import confluent_kafka
import kafka
import pytest


@pytest.fixture(scope="module")
def cluster(start_master):
    """The settings that workers get. No worker is in the group, so the tests' clients get all partitions."""
    return start_master("--local-workers", "0").get("cluster")


def test_confluent_kafka_writes_and_reads(cluster):
    """A current librdkafka writes, joins the group, reads, and gets the ends of partitions."""
    brokers = {"bootstrap.servers": cluster["bootstrap_servers"]}
    producer = confluent_kafka.Producer(brokers | {"enable.idempotence": True, "message.max.bytes": 16 << 20})
    large = bytes(range(256)) * 8192
    errors = []
    for number in range(8):
        producer.produce("tasks", large if number == 0 else b"%d" % number, partition=number,
                         on_delivery=lambda error, _: errors.append(error))
    assert producer.flush(30) == 0 and errors == [None] * 8
    consumer = confluent_kafka.Consumer(brokers | cluster["properties"] | {
        "group.id": cluster["group"], "auto.offset.reset": "earliest", "fetch.message.max.bytes": 16 << 20,
        "partition.assignment.strategy": "range,roundrobin"})
    with contextlib.closing(consumer):
        ends = {}

        def assigned(consumer, partitions):
            for place in partitions:
                ends[place.partition] = consumer.get_watermark_offsets(place, timeout=10, cached=False)
        consumer.subscribe(["tasks"], on_assign=assigned)
        found = {}
        while len(found) < 8:
            message = consumer.poll(30)
            assert message is not None and message.error() is None
            found[message.partition()] = message.value()
        assert ends == {number: (0, 1) for number in range(8)}
        assert found == {0: large, **{number: b"%d" % number for number in range(1, 8)}}
        consumer.commit(asynchronous=False)
        committed = consumer.committed([confluent_kafka.TopicPartition("tasks", number) for number in range(8)], 10)
        assert [place.offset for place in committed] == [1] * 8


def test_kafka_python_writes_and_reads(cluster):
    """A client in pure Python that is told the broker's version."""
    common = {"bootstrap_servers": cluster["bootstrap_servers"].split(","), "api_version": (2, 0)}
    place = kafka.TopicPartition("heartbeats", 0)
    with contextlib.closing(kafka.KafkaProducer(**common, acks="all")) as producer:
        sent = producer.send("heartbeats", b"not a heartbeat", key=b"x", partition=0, headers=[("a", b"b")]).get(20)
    reader = kafka.KafkaConsumer(**common, group_id=None, enable_auto_commit=False, consumer_timeout_ms=20_000)
    with contextlib.closing(reader):
        assert reader.beginning_offsets([place]) == {place: 0}
        assert reader.end_offsets([place])[place] > sent.offset
        reader.assign([place])
        reader.seek(place, sent.offset)
        record = next(reader)
        assert (record.offset, record.value, list(record.headers)) == (sent.offset, b"not a heartbeat", [("a", b"b")])
    # This member has a group of its own, because the other test's consumer has read everything in the workers' group.
    member = kafka.KafkaConsumer(
        "results", **common, group_id="readers", auto_offset_reset="earliest", session_timeout_ms=4000,
        heartbeat_interval_ms=1000, consumer_timeout_ms=30_000)
    with contextlib.closing(member), contextlib.closing(kafka.KafkaProducer(**common, acks="all")) as producer:
        for number in range(8):
            producer.send("results", b"%d" % number, partition=number).get(20)
        found = {record.partition: record.value for _, record in zip(range(8), member)}
        assert found == {number: b"%d" % number for number in range(8)}
        member.commit()
        assert all(member.committed(kafka.TopicPartition("results", number)) == 1 for number in range(8))
