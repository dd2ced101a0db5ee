import Foundation
import TileCore

/// A worker's identity, which does not change while its process lives.
struct WorkerIdentity: Sendable {
    let id: String
    let slots: Int
    let instance = UUID().uuidString.lowercased()
    let host = ProcessInfo.processInfo.hostName
    let pid = Int(ProcessInfo.processInfo.processIdentifier)
    let start = ContinuousClock.now

    /// Seconds since the start.
    var uptime: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// Whether a heartbeat comes from a process on this host that has ended.
    func isDeadNeighbour(_ heartbeat: Heartbeat) -> Bool {
        guard heartbeat.host == host, let pid = Int32(exactly: heartbeat.pid), pid > 0 else { return false }
        return kill(pid, 0) != 0 && errno == ESRCH
    }
}
