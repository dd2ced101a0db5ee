import Foundation
import Synchronization
import SystemPackage

/// Room on the disk that is kept for the database: on a full disk jobs can still be cancelled, deleted and brought to
/// their end.
final class DiskReserve: Sendable {
    /// As much as SQLite's log takes before it begins anew.
    static let bytes = 4 << 20

    private let path: String
    private let isTaken = Mutex(false)

    /// - Parameter path: a file that is there as long as nobody needs its room.
    init(path: String) { self.path = path }

    /// Takes the room where it is not taken; where there is none, a later call may.
    func take() {
        isTaken.withLock { isTaken in
            guard !isTaken,
                let file = try? FileDescriptor.open(
                    FilePath(path), .writeOnly, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
            else { return }
            isTaken = posix_fallocate(file.rawValue, 0, Self.bytes) == 0
            try? file.close()
            if !isTaken { try? FileManager.default.removeItem(atPath: path) }
        }
    }

    /// Gives the room to whoever needs it now.
    func release() {
        isTaken.withLock { isTaken in
            try? FileManager.default.removeItem(atPath: path)
            isTaken = false
        }
    }
}
