import Foundation
import SystemPackage

/// Locks a data directory against a second master until this process ends.
struct DirectoryLock: Sendable {
    private let descriptor: FileDescriptor

    /// Creates the directory if it is missing, and locks it.
    /// - Throws: `ServiceError` if it cannot be created, or another master has the lock.
    init(files: JobFiles) throws {
        do {
            try files.prepare()
        } catch {
            throw ServiceError(
                .startup, "the data directory \(files.root.path) cannot be made: \(error.localizedDescription)")
        }
        descriptor = try FileDescriptor.open(
            FilePath(files.lock), .readWrite, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
        guard flock(descriptor.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            throw ServiceError(
                .startup, "another master uses the data directory \(files.root.path); choose one with --data-dir")
        }
    }
}
