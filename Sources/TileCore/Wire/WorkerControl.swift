internal import Foundation

/// An order of the master to one worker: a record on `heartbeats` with the header `control` and the worker's id as its
/// key.
public struct WorkerControl: Sendable, Hashable, Codable {
    public enum Order: String, Sendable, Hashable, Codable {
        /// End: another instance has the id.
        case refuse
        /// Finish the tiles that were taken, then end.
        case drain
    }

    public let v: Int
    public let worker: String
    /// The instance that gets the order.
    public let instance: String
    public let order: Order
    public let reason: String

    /// The name of the record header that distinguishes orders from heartbeats.
    public static let headerName = "control"

    public init(worker: String, instance: String, order: Order, reason: String) {
        v = WireHeader.version
        self.worker = worker
        self.instance = instance
        self.order = order
        self.reason = reason
    }

    public var payload: [UInt8] { WireHeader.encode(self) }

    /// Reads and checks a payload.
    public init(payload: [UInt8]) throws(WireError) {
        self = try WireHeader.decode(WorkerControl.self, from: payload)
        guard WorkerID.isValid(worker) else { throw WireError(.badValue, "worker is no worker id; \(WorkerID.rule)") }
        guard instance.utf8.count <= 100 else { throw WireError(.badValue, "instance is too long") }
    }
}
