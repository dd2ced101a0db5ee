internal import Foundation

/// A master's claim of a topic of results, for the other masters on the cluster: a record on `heartbeats` with the
/// header `master` and the topic's name as its key. The live claim with the lowest rank owns the topic
/// (`ResultsClaim`).
public struct MasterClaim: Sendable, Hashable, Codable {
    public let v: Int
    /// The claimed topic.
    public let results: String
    /// Different for each start of a master.
    public let instance: String
    public let host: String
    public let pid: Int
    /// The claim's rank: the offset of the instance's first echoed record. `nil` before that; then the rank is the
    /// offset of this record.
    public var claim: Int64?

    /// The name of the record header that distinguishes claims from heartbeats; its value is not used.
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
            throw WireError(.badValue, "results is no topic name")
        }
        guard instance.utf8.count <= 100, host.utf8.count <= 255, pid >= 0, claim ?? 0 >= 0 else {
            throw WireError(.badValue, "a number or a name in the claim is out of range")
        }
    }
}
