import Foundation
import Synchronization
import SystemPackage

/// Space on the disk that is kept for the database: on a full disk jobs can still be cancelled, deleted and brought to
/// their end.
final class DiskReserve: Sendable {
    /// As much as SQLite's log takes before it begins anew.
    static let bytes = 4 << 20

    private struct State {
        var isTaken = false
        /// Not taken again before.
        var pauseEnd = ContinuousClock.now
    }

    private let path: String
    private let pause: Duration
    private let state = Mutex(State())

    /// - Parameters:
    ///   - path: a file that is there as long as nobody needs its space.
    ///   - pause: the least time between two looks for space.
    init(path: String, pause: Duration = .seconds(5)) {
        self.path = path
        self.pause = pause
    }

    /// Takes the space if it is not taken; if there is none, a later call may.
    func take() {
        state.withLock { state in
            if !state.isTaken { state.isTaken = reserve() }
        }
    }

    /// Takes the space again once there is as much besides: on a disk that is still full, the next write would only need
    /// it back.
    func takeAgain() {
        state.withLock { state in
            guard !state.isTaken, state.pauseEnd <= .now else { return }
            state.pauseEnd = .now + pause
            if free >= 2 * Self.bytes { state.isTaken = reserve() }
        }
    }

    /// Gives the space to whoever needs it now.
    func release() {
        state.withLock { state in
            try? FileManager.default.removeItem(atPath: path)
            state.isTaken = false
            state.pauseEnd = .now + pause
        }
    }

    /// Whether there is not even space for the reserve.
    var isDiskFull: Bool { free < Self.bytes }

    /// Bytes that are left on the disk; many if it does not say.
    private var free: Int {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        let disk = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        return disk?[.systemFreeSize] as? Int ?? .max
    }

    private func reserve() -> Bool {
        guard
            let file = try? FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
        else { return false }
        defer { try? file.close() }
        let isReserved = posix_fallocate(file.rawValue, 0, Self.bytes) == 0
        if !isReserved { try? FileManager.default.removeItem(atPath: path) }
        return isReserved
    }
}
