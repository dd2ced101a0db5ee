internal import CKafka
internal import Glibc
public import Logging
internal import Synchronization

/// Sends records, each exactly once into its partition, and tells when the cluster has them.
public final class KafkaProducer: Sendable {
    let handle: KafkaHandle
    private let callbacks: KafkaCallbacks
    private let thread: KafkaThread
    private let capacity: KafkaCapacity
    /// Set under this lock, records are handed over under it: none comes after the last poll.
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
    /// When librdkafka's queue is full this waits for capacity first. Records from one task go to their partition in the
    /// order of the calls. When the topic has grown without this client's knowledge, it looks and tries again, for some
    /// seconds, since brokers learn of a growth one after the other.
    /// - Throws: if the record is too large, was not confirmed within `message.timeout.ms`, or the producer is
    ///   closed. A record that timed out may still have arrived.
    @discardableResult
    public func send(_ record: consuming KafkaRecord) async throws(KafkaError) -> KafkaDelivery {
        let parcel = KafkaParcel(record)
        defer { parcel.free() }
        var tries = 0
        while true {
            do throws(KafkaError) {
                return try await deliver(parcel)
            } catch {
                tries += 1
                // librdkafka says so at once if it knows the topic, else by delivery report.
                guard error.code == .unknownPartition, tries < 4 else { throw error }
            }
            let count = (try? await partitionCount(of: parcel.topic)) ?? 0
            // Mostly it is there, and only this client did not know.
            if tries > 1 || count <= parcel.partition { try? await Task.sleep(for: .seconds(1)) }
        }
    }

    private func deliver(_ parcel: KafkaParcel) async throws(KafkaError) -> KafkaDelivery {
        let waiter = KafkaDeliveryWaiter()
        while true {
            let ticket = capacity.ticket
            let error = isClosed.withLock { isClosed in
                isClosed ? RD_KAFKA_RESP_ERR__DESTROY : produce(parcel, waiter)
            }
            if error == RD_KAFKA_RESP_ERR_NO_ERROR { break }
            guard error == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
                let detail = error == RD_KAFKA_RESP_ERR__DESTROY ? "the producer is closed" : nil
                throw KafkaError(
                    error, "a record of \(parcel.count) bytes cannot be sent to \(parcel.topic)", detail: detail)
            }
            await capacity.wait(after: ticket)
        }
        let delivery = try await waiter.result(topic: parcel.topic).get()
        callbacks.reportSuccess()
        return delivery
    }

    private func produce(_ parcel: KafkaParcel, _ waiter: KafkaDeliveryWaiter) -> rd_kafka_resp_err_t {
        let list = unsafe rd_kafka_headers_new(parcel.headers.count)
        for header in parcel.headers {
            unsafe rd_kafka_header_add(list, header.name, -1, header.value, header.value.count)
        }
        let opaque = unsafe Unmanaged.passRetained(waiter)
        let error = unsafe tw_kafka_produce(
            handle.client, parcel.topic, parcel.partition, parcel.base, parcel.count, parcel.key,
            parcel.key?.count ?? 0, list, opaque.toOpaque())
        if error != RD_KAFKA_RESP_ERR_NO_ERROR {
            unsafe opaque.release()
            unsafe rd_kafka_headers_destroy(list)
        }
        return error
    }

    /// What is wrong with the way to the cluster since the last record that got there, with advice; `nil` while nothing is.
    public var trouble: String? { callbacks.trouble }

    /// Times that the cluster answered again after trouble.
    public var reconnects: Int { callbacks.reconnects }

    /// What the client has complained of since its start.
    public var errors: [KafkaErrorKind: Int] { callbacks.errors }

    /// Waits until everything is confirmed or has failed, at most `seconds`, and ends the client. What is sent from now
    /// on, or still waits for capacity, fails.
    public func close(within seconds: Double) async {
        isClosed.withLock { $0 = true }
        capacity.open()
        _ = await thread.stop { [handle] in
            unsafe _ = rd_kafka_flush(handle.client, Int32(min(seconds, 3600) * 1000))
            // What could not be sent in time fails now, so that no one waits for it for ever.
            unsafe rd_kafka_purge(handle.client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
            unsafe _ = rd_kafka_flush(handle.client, 1000)
        }
    }
}

/// A record on its way to librdkafka, which reads the payload where it is until the delivery report.
@safe
private struct KafkaParcel: @unchecked Sendable {
    // Sendable: one task holds it.
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
