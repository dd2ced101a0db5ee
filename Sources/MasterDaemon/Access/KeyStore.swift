import Foundation
import Logging
import Synchronization
import SystemPackage
import TileCore

/// The keys, in the file `keys.json` of the data directory.
///
/// A file, because `master-main keys` changes it while the master runs, and without one. Whoever changes it holds a lock
/// and replaces it as a whole. The master looks at the file's time and number with each request, which takes a
/// microsecond: a key that was revoked is not believed from then on.
final class KeyStore: Sendable {
    private struct State {
        /// The file that was read; `nil` before there is one.
        var file: FileFacts?
        var look = KeyLook()
        /// What the file does not say yet.
        var uses: [String: Date] = [:]
        /// Why the file cannot be read, as the log has it.
        var trouble: String?
    }

    /// How exactly the last use of a key is known: the file is written no more often.
    static let useInterval = 60.0

    private let path: String
    private let rawPath: RawPath
    private let logger: Logger?
    private let state = Mutex(State())

    /// - Parameters:
    ///   - folder: the data directory.
    ///   - logger: hears once when the file cannot be read, and once when it can be again.
    init(folder: String, logger: Logger? = nil) {
        path = "\(folder)/keys.json"
        rawPath = RawPath(path)
        self.logger = logger
    }

    /// The keys as they are now. Reads the file if it has changed, which can wait for a disk for a moment.
    /// - Throws: if the file cannot be read; nobody is let in then.
    func look() throws -> KeyLook {
        try state.withLock { state in
            do {
                try renew(&state)
            } catch {
                let reason = "\(error)"
                if state.trouble != reason {
                    logger?.error("keys cannot be read; nobody is let in", metadata: [LogKey.reason: "\(reason)"])
                }
                state.trouble = reason
                throw error
            }
            if state.trouble != nil { logger?.notice("keys can be read again") }
            state.trouble = nil
            return state.look
        }
    }

    /// All keys as they are now.
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

    /// Changes the keys. Can wait for a disk and for others who change them.
    /// - Parameter isDone: called with what `change` returns before the file is replaced, with nothing changed if it
    ///   throws.
    func update<Result>(
        _ change: (inout KeyRing) throws -> Result, isDone: (Result) throws -> Void = { _ in }
    ) throws -> Result {
        let lock = try open("\(path).lock", .readWrite, [.create])
        defer { try? lock.close() }
        guard flock(lock.rawValue, LOCK_EX) == 0 else {
            throw ServiceError(.startup, "the keys cannot be locked: \(Errno(rawValue: errno))")
        }
        var ring = try ring()
        // Whoever asks meanwhile is not kept waiting by the disk.
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

    /// Writes down when keys were used last, if there is news of that.
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
        // Whatever has this name is half of a file, or a trap: under the lock nobody else makes one. If it stays, the file
        // cannot be made, which says why.
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

    /// Opens a file of the folder. A link in its place is not followed.
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
            // Without it the master would be open to all.
            throw ServiceError(
                .internalError,
                "the keys in \(path) were removed while the master ran; bring the file back, or start the "
                    + "master again without keys")
        }
        do {
            let decoder = JSONDecoder()
            decoder.dateDecodingStrategy = .iso8601
            state.look = KeyLook(try decoder.decode(KeyRing.self, from: Data(try NamedFile.bytes(of: path))))
        } catch {
            let why = (error as? FileError)?.reason ?? "\(path) is no list of keys: \(error.localizedDescription)"
            throw ServiceError(
                .startup, "the keys cannot be used: \(why); bring the file back, or remove it and create new keys")
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
