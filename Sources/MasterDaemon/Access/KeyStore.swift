import Foundation
import Logging
import Synchronization
import SystemPackage
import TileCore

/// The keys, stored in the file `keys.json` of the data directory.
///
/// They are in a file because `master-main keys` changes them whether or not the master runs. A writer holds a lock and
/// replaces the whole file. The master checks the file's time and inode with each request, which takes a microsecond,
/// so a revoked key is refused from the next request on.
final class KeyStore: Sendable {
    private struct State {
        /// Facts about the file when it was read last; `nil` if there was none.
        var file: FileFacts?
        var look = KeyLook()
        /// Times of use that are not in the file yet.
        var uses: [String: Date] = [:]
        /// Why the file cannot be read; `nil` if it can. Text for the log.
        var failure: String?
    }

    /// Seconds between writes of the times of last use, so their precision.
    static let useInterval = 60.0

    private let path: String
    private let rawPath: RawPath
    private let logger: Logger?
    private let state = Mutex(State())

    /// - Parameters:
    ///   - folder: the data directory.
    ///   - logger: gets one line when the file becomes unreadable, and one when it is readable again.
    init(folder: String, logger: Logger? = nil) {
        path = "\(folder)/keys.json"
        rawPath = RawPath(path)
        self.logger = logger
    }

    /// The current keys. Reads the file if it has changed, which may wait for the disk.
    /// - Throws: if the file cannot be read. All requests are refused then.
    func look() throws -> KeyLook {
        try state.withLock { state in
            do {
                try renew(&state)
            } catch {
                let reason = "\(error)"
                if state.failure != reason {
                    logger?.error(
                        "keys cannot be read; all requests are refused", metadata: [LogKey.reason: "\(reason)"])
                }
                state.failure = reason
                throw error
            }
            if state.failure != nil { logger?.notice("keys can be read again") }
            state.failure = nil
            return state.look
        }
    }

    /// All current keys.
    /// - Throws: as `look`.
    func ring() throws -> KeyRing { try look().all }

    /// Remembers that a key was used.
    func note(use key: KeyRecord, at now: Date) {
        if let known = key.lastUsedAt, now.timeIntervalSince(known) < Self.useInterval { return }
        state.withLock { state in
            if let known = state.uses[key.name], now.timeIntervalSince(known) < Self.useInterval { return }
            state.uses[key.name] = now
        }
    }

    /// Changes the keys. May wait for the disk and for other writers.
    /// - Parameter isDone: called with the result of `change` before the file is replaced. If it throws, nothing is
    ///   changed.
    func update<Result>(
        _ change: (inout KeyRing) throws -> Result, isDone: (Result) throws -> Void = { _ in }
    ) throws -> Result {
        let lock = try open("\(path).lock", .readWrite, [.create])
        defer { try? lock.close() }
        guard flock(lock.rawValue, LOCK_EX) == 0 else {
            throw ServiceError(.startup, "the keys cannot be locked: \(Errno(rawValue: errno))")
        }
        var ring = try ring()
        // The mutex is not held while writing, so that requests do not wait for the disk.
        let uses = state.withLock { $0.uses }
        for index in ring.keys.indices {
            guard let use = uses[ring.keys[index].name] else { continue }
            ring.keys[index].lastUsedAt = max(use, ring.keys[index].lastUsedAt ?? .distantPast)
        }
        let result = try change(&ring)
        try isDone(result)
        try write(ring)
        state.withLock { state in state.uses = state.uses.filter { uses[$0.key] != $0.value } }
        _ = try look()
        return result
    }

    /// Writes the times of last use, if there are new ones.
    func noteUses() throws {
        guard state.withLock({ !$0.uses.isEmpty }) else { return }
        try update { _ in }
    }

    private func write(_ ring: KeyRing) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        encoder.dateEncodingStrategy = .iso8601
        let bytes = try encoder.encode(ring)
        let part = "\(path).part"
        // Under the lock nobody else creates this file, so a file that exists is half-written or malicious. If it
        // cannot be removed, creating it fails below with the reason.
        try? FileManager.default.removeItem(atPath: part)
        let file = try open(part, .writeOnly, [.create, .exclusiveCreate])
        do {
            try file.writeAll(bytes)
            try file.close()
        } catch {
            try? file.close()
            throw error
        }
        try DurableFile.publish(part, as: path)
    }

    /// Opens a file of the folder. Does not follow a symbolic link.
    private func open(
        _ path: String, _ mode: FileDescriptor.AccessMode, _ options: FileDescriptor.OpenOptions
    ) throws(ServiceError) -> FileDescriptor {
        do {
            return try FileDescriptor.open(
                FilePath(path), mode, options: options.union([.closeOnExec, .noFollow]),
                permissions: .ownerReadWrite)
        } catch {
            let isLink = (error as? Errno)?.rawValue == ELOOP
            throw ServiceError(
                .startup,
                isLink
                    ? "\(path) is a link, which is not followed; remove it"
                    : "\(path) cannot be opened: \(error); 'keys' has to be run by the user that runs the master, or root"
            )
        }
    }

    private func renew(_ state: inout State) throws {
        let facts = try facts()
        guard facts != state.file else { return }
        guard facts != nil else {
            // Without this check, removing the file would open the master to everyone.
            throw ServiceError(
                .internalError,
                "the keys in \(path) were removed while the master ran; restore the file, or start the "
                    + "master again without keys")
        }
        do {
            let decoder = JSONDecoder()
            decoder.dateDecodingStrategy = .iso8601
            state.look = KeyLook(try decoder.decode(KeyRing.self, from: Data(try NamedFile.bytes(of: path))))
        } catch {
            let why = (error as? FileError)?.reason ?? "\(path) is not a list of keys: \(error.localizedDescription)"
            throw ServiceError(
                .startup, "the keys cannot be used: \(why); restore the file, or remove it and create new keys")
        }
        state.file = facts
    }

    private func facts() throws(FileError) -> FileFacts? {
        do {
            return try FileFacts.of(rawPath)
        } catch {
            guard error.isMissing else { throw error }
            return nil
        }
    }
}
