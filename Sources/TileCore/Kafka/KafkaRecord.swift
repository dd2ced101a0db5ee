/// A record to send. librdkafka takes over the payload's memory without a copy.
public struct KafkaRecord: ~Copyable, Sendable {
    public let topic: String
    /// `nil` lets the key's hash choose the partition, or a random number if there is no key.
    public let partition: Int32?
    public let key: String?
    public let headers: [KafkaHeader]
    public var payload: OwnedBytes

    public init(
        topic: String, partition: Int32? = nil, key: String? = nil, headers: [KafkaHeader] = [],
        payload: consuming OwnedBytes
    ) {
        self.topic = topic
        self.partition = partition
        self.key = key
        self.headers = headers
        self.payload = payload
    }

    /// A copy, for another attempt to send it.
    public func copy() -> KafkaRecord {
        KafkaRecord(
            topic: topic, partition: partition, key: key, headers: headers,
            payload: payload.withBytes { bytes in OwnedBytes(copying: bytes) })
    }
}

/// A header of a record.
public struct KafkaHeader: Sendable, Hashable {
    public let name: String
    public let value: [UInt8]

    public init(_ name: String, _ value: [UInt8]) {
        self.name = name
        self.value = value
    }
}

/// Where a record was written.
public struct KafkaDelivery: Sendable, Hashable {
    public let partition: Int32
    public let offset: Int64
}
