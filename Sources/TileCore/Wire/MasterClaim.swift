internal import Foundation

/// What a master tells the others on its cluster: that a topic of results is its own. A record on `heartbeats` with the
/// header `master`, keyed by the topic's name. The master whose claim stands first has the topic.
public struct MasterClaim: Sendable, Hashable, Codable {
    public let v: Int
    /// The topic that is claimed.
    public let results: String
    /// Different for each start of a master.
    public let instance: String
    public let host: String
    public let pid: Int
    /// Where the claim stands: the offset of the instance's first record that came back to it. `nil` before one did;
    /// then it stands where this record is.
    public var claim: Int64?

    /// The name of the record header that sets these records apart from heartbeats; its value means nothing.
    public static let headerName = "master"

    public init(results: String, instance: String, host: String, pid: Int, claim: Int64? = nil) {
        v = WireHeader.version
        self.results = results
        self.instance = instance
        self.host = host
        self.pid = pid
        self.claim = claim
    }

    public var payload: [UInt8] { WireHeader.encode(self) }

    /// Reads and checks a payload.
    public init(payload: [UInt8]) throws(WireError) {
        self = try WireHeader.decode(MasterClaim.self, from: payload)
        guard KafkaLimits.isTopicName(results) else {
            throw WireError(.badValue, "results is no name of a topic")
        }
        guard instance.utf8.count <= 100, host.utf8.count <= 255, pid >= 0, claim ?? 0 >= 0 else {
            throw WireError(.badValue, "a number or a name in the claim is out of range")
        }
    }
}
