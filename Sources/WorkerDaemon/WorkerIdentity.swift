import Foundation

/// Who a worker is, for as long as its process lives.
struct WorkerIdentity: Sendable {
    let id: String
    let slots: Int
    let instance = UUID().uuidString.lowercased()
    let host = ProcessInfo.processInfo.hostName
    let pid = Int(ProcessInfo.processInfo.processIdentifier)
    let start = ContinuousClock.now

    /// Seconds since the start.
    var uptime: Double { (ContinuousClock.now - start) / .seconds(1) }
}
