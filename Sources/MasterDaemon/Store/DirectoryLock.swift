import Foundation
import SystemPackage

/// Keeps a second master out of a data directory, for as long as this process lives.
struct DirectoryLock: Sendable {
    private let descriptor: FileDescriptor

    /// Makes the directory if it is missing, and locks it.
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
