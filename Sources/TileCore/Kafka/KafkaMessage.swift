internal import CKafka

/// A consumed record. Its payload is read in place: librdkafka's buffer lives as long as this object.
@safe
public final class KafkaMessage: @unchecked Sendable {
    // Sendable: the message does not change after `init`.
    public let topic: String
    public let partition: Int32
    public let offset: Int64
    /// Whether the record was already in the partition when this consumer got it. Another member of the group may have
    /// tried it.
    public let isBacklog: Bool
    private let message: UnsafeMutablePointer<rd_kafka_message_t>
    private let headers: OpaquePointer?
    private let handle: KafkaHandle

    init(
        adopting message: UnsafeMutablePointer<rd_kafka_message_t>, at position: KafkaPartition, of handle: KafkaHandle,
        isBacklog: Bool
    ) {
        unsafe self.message = message
        self.handle = handle
        self.isBacklog = isBacklog
        topic = position.topic
        partition = position.partition
        offset = position.offset
        // The first call changes the message, because librdkafka parses the headers. So it is made here, before other
        // threads have the message.
        var headers: OpaquePointer?
        let error = unsafe rd_kafka_message_headers(message, &headers)
        unsafe self.headers = error == RD_KAFKA_RESP_ERR_NO_ERROR ? headers : nil
    }

    /// When the record was written, in milliseconds since 1970; `nil` if the cluster does not say.
    public var timestamp: Int64? {
        let time = unsafe rd_kafka_message_timestamp(message, nil)
        return time < 0 ? nil : time
    }

    public var payloadCount: Int { unsafe message.pointee.payload == nil ? 0 : message.pointee.len }

    /// Lends the payload, without a copy.
    public func withPayload<R: ~Copyable, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
        guard let base = unsafe message.pointee.payload else { return try body(RawSpan()) }
        return try body(unsafe RawSpan(_unsafeStart: base, byteCount: message.pointee.len))
    }

    /// The key as text; `nil` if there is none.
    public var key: String? {
        guard let base = unsafe message.pointee.key else { return nil }
        return unsafe String(
            decoding: UnsafeRawBufferPointer(start: base, count: message.pointee.key_len), as: UTF8.self)
    }

    /// The last header of that name; `nil` if there is none.
    public func header(_ name: String) -> [UInt8]? {
        guard let headers = unsafe headers else { return nil }
        var value: UnsafeRawPointer?
        var count = 0
        guard unsafe rd_kafka_header_get_last(headers, name, &value, &count) == RD_KAFKA_RESP_ERR_NO_ERROR else {
            return nil
        }
        return unsafe [UInt8](UnsafeRawBufferPointer(start: value, count: count))
    }

    deinit { unsafe rd_kafka_message_destroy(message) }
}
