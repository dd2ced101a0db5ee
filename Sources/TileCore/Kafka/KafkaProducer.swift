internal import CKafka
internal import Glibc
public import Logging
internal import Synchronization

/// Sends records, each exactly once into its partition, and tells when the cluster has them.
public final class KafkaProducer: Sendable {
    private let handle: KafkaHandle
    private let callbacks: KafkaCallbacks
    private let thread: KafkaThread
    private let room: KafkaRoom
    /// Set under this lock, records are handed over under it: none comes after the last poll.
    private let isClosed = Mutex(false)

    /// What differs from librdkafka's defaults; see `docs/kafka.md`.
    static let defaults = [
        "enable.idempotence": "true",
        "linger.ms": "1",
        "message.max.bytes": "\(KafkaLimits.recordBytes)",
        "queue.buffering.max.kbytes": "131072",
        "topic.metadata.refresh.interval.ms": "10000",
        "reconnect.backoff.max.ms": "2000",
    ]

    public init(_ configuration: KafkaConfiguration, logger: Logger) throws(KafkaError) {
        callbacks = KafkaCallbacks(logger: logger)
        let handle = try KafkaHandle(
            RD_KAFKA_PRODUCER, properties: configuration.over(Self.defaults), callbacks: callbacks)
        self.handle = handle
        let room = KafkaRoom()
        self.room = room
        thread = KafkaThread(name: "kafka-producer") {
            if unsafe rd_kafka_poll(handle.client, 100) > 0 { room.open() }
        }
    }

    /// Sends a record and waits until the cluster has it.
    ///
    /// Where librdkafka's queue is full this waits for room first. Records from one task go to their partition in the
    /// order of the calls.
    /// - Throws: where the record is too large, was not confirmed within `message.timeout.ms`, or the producer is
    ///   closed. A record that timed out may still have arrived.
    @discardableResult
    public func send(_ record: consuming KafkaRecord) async throws(KafkaError) -> KafkaDelivery {
        let waiter = KafkaDeliveryWaiter()
        let topic = record.topic
        let partition = record.partition ?? TW_KAFKA_PARTITION_ANY
        let key = record.key.map { Array($0.utf8) }
        let headers = record.headers
        let count = record.payload.count
        let payload = KafkaPayload(record.payload)
        while true {
            let ticket = room.ticket
            let error = isClosed.withLock { isClosed in
                isClosed
                    ? RD_KAFKA_RESP_ERR__DESTROY
                    : produce(
                        topic: topic, partition: partition, key: key, headers: headers, payload: payload, count: count,
                        waiter: waiter)
            }
            if error == RD_KAFKA_RESP_ERR_NO_ERROR { break }
            guard error == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
                payload.free()
                let detail = error == RD_KAFKA_RESP_ERR__DESTROY ? "the producer is closed" : nil
                throw KafkaError(error, "a record of \(count) bytes cannot be sent to \(topic)", detail: detail)
            }
            await room.wait(after: ticket)
        }
        let delivery = try await waiter.result(topic: topic).get()
        callbacks.reportSuccess()
        return delivery
    }

    private func produce(
        topic: String, partition: Int32, key: [UInt8]?, headers: [KafkaHeader], payload: KafkaPayload, count: Int,
        waiter: KafkaDeliveryWaiter
    ) -> rd_kafka_resp_err_t {
        let list = unsafe rd_kafka_headers_new(headers.count)
        for header in headers {
            unsafe rd_kafka_header_add(list, header.name, -1, header.value, header.value.count)
        }
        let opaque = unsafe Unmanaged.passRetained(waiter)
        let error = unsafe tw_kafka_produce(
            handle.client, topic, partition, payload.base, count, key, key?.count ?? 0, list, opaque.toOpaque())
        if error != RD_KAFKA_RESP_ERR_NO_ERROR {
            unsafe opaque.release()
            unsafe rd_kafka_headers_destroy(list)
        }
        return error
    }

    /// Waits until everything is confirmed or has failed, at most `seconds`, and ends the client. What is sent from now
    /// on, or still waits for room, fails.
    public func close(within seconds: Double) async {
        isClosed.withLock { $0 = true }
        room.open()
        _ = await thread.stop { [handle] in
            unsafe _ = rd_kafka_flush(handle.client, Int32(min(seconds, 3600) * 1000))
            // What could not be sent in time fails now, so that no one waits for it for ever.
            unsafe rd_kafka_purge(handle.client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
            unsafe _ = rd_kafka_flush(handle.client, 1000)
        }
    }
}

/// Memory on its way to librdkafka: freed by it, or by `free()` where it was not taken.
@safe
private final class KafkaPayload: @unchecked Sendable {
    // Sendable: one task holds it.
    let base: UnsafeMutableRawPointer
    init(_ bytes: consuming OwnedBytes) { unsafe base = bytes.release() }
    func free() { unsafe Glibc.free(base) }
}
