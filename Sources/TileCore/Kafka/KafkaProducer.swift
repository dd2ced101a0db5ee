internal import CKafka
internal import Glibc
public import Logging
internal import Synchronization

/// Sends records as an idempotent producer, and waits until the cluster has them.
public final class KafkaProducer: Sendable {
    let handle: KafkaHandle
    private let callbacks: KafkaCallbacks
    private let thread: KafkaThread
    private let capacity: KafkaCapacity
    /// Records are handed to librdkafka under this lock, so that none comes after the close.
    private let isClosed = Mutex(false)

    /// What differs from librdkafka's defaults; see `docs/kafka.md`.
    static let defaults = [
        "enable.idempotence": "true",
        "linger.ms": "0",
        "message.max.bytes": "\(KafkaLimits.recordBytes)",
        "queue.buffering.max.kbytes": "131072",
        "topic.metadata.refresh.interval.ms": "10000",
    ].merging(KafkaLimits.connectionDefaults) { own, _ in own }

    public init(_ configuration: KafkaConfiguration, logger: Logger) throws(KafkaError) {
        callbacks = KafkaCallbacks(logger: logger)
        let handle = try KafkaHandle(
            RD_KAFKA_PRODUCER, properties: configuration.over(Self.defaults), callbacks: callbacks)
        self.handle = handle
        let capacity = KafkaCapacity()
        self.capacity = capacity
        thread = KafkaThread(name: "kafka-producer") {
            if unsafe rd_kafka_poll(handle.client, 100) > 0 { capacity.open() }
        }
    }

    /// Sends a record and waits until the cluster has it.
    ///
    /// Waits for capacity first if librdkafka's queue is full. Records from one task keep their order within a
    /// partition. If the partition is unknown, this asks for the topic's partitions and tries again for some seconds,
    /// because brokers learn of a growth one after the other.
    /// - Throws: if the record is too large, was not confirmed within `message.timeout.ms`, or the producer is
    ///   closed. A record that timed out may have been delivered all the same.
    @discardableResult
    public func send(_ record: consuming KafkaRecord) async throws(KafkaError) -> KafkaDelivery {
        let outgoing = OutgoingRecord(record)
        defer { outgoing.free() }
        var tries = 0
        while true {
            do throws(KafkaError) {
                return try await deliver(outgoing)
            } catch {
                tries += 1
                guard error.code == .unknownPartition, tries < 4 else { throw error }
            }
            let count = (try? await partitionCount(of: outgoing.topic)) ?? 0
            // Usually the partition exists and only this client did not know it; then the next attempt needs no wait.
            if tries > 1 || count <= outgoing.partition { try? await Task.sleep(for: .seconds(1)) }
        }
    }

    private func deliver(_ outgoing: OutgoingRecord) async throws(KafkaError) -> KafkaDelivery {
        let waiter = KafkaDeliveryWaiter()
        while true {
            let ticket = capacity.ticket
            let error = isClosed.withLock { isClosed in
                isClosed ? RD_KAFKA_RESP_ERR__DESTROY : produce(outgoing, waiter)
            }
            if error == RD_KAFKA_RESP_ERR_NO_ERROR { break }
            guard error == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
                let detail = error == RD_KAFKA_RESP_ERR__DESTROY ? "the producer is closed" : nil
                throw KafkaError(
                    error, "a record of \(outgoing.count) bytes cannot be sent to \(outgoing.topic)", detail: detail)
            }
            await capacity.wait(after: ticket)
        }
        let delivery = try await waiter.result(topic: outgoing.topic).get()
        callbacks.reportSuccess()
        return delivery
    }

    private func produce(_ outgoing: OutgoingRecord, _ waiter: KafkaDeliveryWaiter) -> rd_kafka_resp_err_t {
        let list = unsafe rd_kafka_headers_new(outgoing.headers.count)
        for header in outgoing.headers {
            unsafe rd_kafka_header_add(list, header.name, -1, header.value, header.value.count)
        }
        let opaque = unsafe Unmanaged.passRetained(waiter)
        let error = unsafe tw_kafka_produce(
            handle.client, outgoing.topic, outgoing.partition, outgoing.base, outgoing.count, outgoing.key,
            outgoing.key?.count ?? 0, list, opaque.toOpaque())
        if error != RD_KAFKA_RESP_ERR_NO_ERROR {
            unsafe opaque.release()
            unsafe rd_kafka_headers_destroy(list)
        }
        return error
    }

    /// The latest problem with the cluster since the last delivered record, with advice; `nil` if there is none.
    public var problem: String? { callbacks.problem }

    /// How often a broker answered again after none had answered.
    public var reconnects: Int { callbacks.reconnects }

    /// The client's errors since its start, by kind.
    public var errors: [KafkaErrorKind: Int] { callbacks.errors }

    /// Waits until all records are confirmed or have failed, at most `seconds`, and ends the client. Records that still
    /// wait for capacity fail, and so do later ones.
    public func close(within seconds: Double) async {
        isClosed.withLock { $0 = true }
        capacity.open()
        _ = await thread.stop { [handle] in
            unsafe _ = rd_kafka_flush(handle.client, Int32(min(seconds, 3600) * 1000))
            // Fails the records that could not be sent in time, so that no task waits for them for ever.
            unsafe rd_kafka_purge(handle.client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
            unsafe _ = rd_kafka_flush(handle.client, 1000)
        }
    }
}

/// A record that is being sent. librdkafka reads the payload in place until the delivery report.
@safe
private struct OutgoingRecord: @unchecked Sendable {
    // Sendable: only one task uses it.
    let topic: String
    let partition: Int32
    let key: [UInt8]?
    let headers: [KafkaHeader]
    let count: Int
    let base: UnsafeMutableRawPointer

    init(_ record: consuming KafkaRecord) {
        topic = record.topic
        partition = record.partition ?? TW_KAFKA_PARTITION_ANY
        key = record.key.map { Array($0.utf8) }
        headers = record.headers
        count = record.payload.count
        unsafe base = record.payload.release()
    }

    func free() { unsafe Glibc.free(base) }
}
