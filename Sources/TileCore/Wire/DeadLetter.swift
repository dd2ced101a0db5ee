/// The header of a record in `dead-letters`: why it is there, and where it came from. The payload is that of the
/// original record.
public struct DeadLetter: Sendable, Hashable, Codable {
    public let v: Int
    public let reason: String
    public let topic: String
    public let partition: Int
    public let offset: Int64
    /// The sender: "master" or a worker's id.
    public let from: String

    /// The name of the record header.
    public static let headerName = "dead-letter"

    public init(reason: String, topic: String, partition: Int, offset: Int64, from: String) {
        v = WireHeader.version
        self.reason = WireHeader.reason(reason)
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.from = from
    }

    public init(header: [UInt8]?) throws(WireError) { self = try WireHeader.decode(DeadLetter.self, from: header) }

    /// The dead-letter record for `message`: its payload, key and description header, and the reason.
    public static func record(
        for message: KafkaMessage, reason: String, from: String, topic: String
    ) -> KafkaRecord {
        let letter = DeadLetter(
            reason: reason, topic: message.topic, partition: Int(message.partition), offset: message.offset, from: from)
        var headers = [KafkaHeader(headerName, WireHeader.encode(letter))]
        if let tile = message.header(WireHeader.name) { headers.append(KafkaHeader(WireHeader.name, tile)) }
        return KafkaRecord(
            topic: topic, key: message.key, headers: headers,
            payload: message.withPayload { bytes in OwnedBytes(copying: bytes) })
    }
}
