import Foundation
import Synchronization
import SystemPackage

/// Disk space that is reserved for the database, so that jobs can still be cancelled, deleted and finished on a full
/// disk.
final class DiskReserve: Sendable {
    /// The size of SQLite's log before a checkpoint restarts it.
    static let bytes = 4 << 20

    private struct State {
        var isTaken = false
        /// The reserve is not taken again before this time.
        var pauseEnd = ContinuousClock.now
    }

    private let path: String
    private let pause: Duration
    private let state = Mutex(State())

    /// - Parameters:
    ///   - path: the file that occupies the space while the reserve is not needed.
    ///   - pause: the minimum time between two attempts to take the space again.
    init(path: String, pause: Duration = .seconds(5)) {
        self.path = path
        self.pause = pause
    }

    /// Takes the space if it is not taken. If the disk has too little, a later call may succeed.
    func take() {
        state.withLock { state in
            if !state.isTaken { state.isTaken = reserve() }
        }
    }

    /// Takes the space again if the disk has twice as much. With less, the next write would only release it again.
    func takeAgain() {
        state.withLock { state in
            guard !state.isTaken, state.pauseEnd <= .now else { return }
            state.pauseEnd = .now + pause
            if free >= 2 * Self.bytes { state.isTaken = reserve() }
        }
    }

    /// Releases the space for the database's next writes.
    func release() {
        state.withLock { state in
            try? FileManager.default.removeItem(atPath: path)
            state.isTaken = false
            state.pauseEnd = .now + pause
        }
    }

    /// Whether the disk has less free space than the reserve takes.
    var isDiskFull: Bool { free < Self.bytes }

    /// Free bytes on the disk; `Int.max` if unknown.
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
