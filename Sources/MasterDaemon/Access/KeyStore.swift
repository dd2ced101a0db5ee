import Foundation
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
        var ring = KeyRing()
        /// The index of the key that a hash belongs to.
        var byHash: [String: Int] = [:]
        /// What the file does not say yet.
        var uses: [String: Date] = [:]
    }

    /// How exactly the last use of a key is known: the file is written no more often.
    static let useInterval = 60.0

    private let path: String
    private let rawPath: RawPath
    private let state = Mutex(State())

    /// - Parameter folder: the data directory.
    init(folder: String) {
        path = "\(folder)/keys.json"
        rawPath = RawPath(path)
    }

    /// All keys as they are now. Can wait for a disk, for a moment and only after a change.
    /// - Throws: if the file cannot be read; nobody is let in then.
    func ring() throws -> KeyRing {
        try state.withLock { state in
            try renew(&state)
            return state.ring
        }
    }

    /// The key that a secret opens; `nil` if there is none, or none any more.
    /// - Parameter hash: of the secret.
    func key(opening hash: String, at now: Date) throws -> KeyRecord? {
        try state.withLock { state in
            try renew(&state)
            guard let index = state.byHash[hash], state.ring.keys[index].accepts(hash, at: now) else { return nil }
            let key = state.ring.keys[index]
            let known = max(key.lastUsedAt ?? .distantPast, state.uses[key.name] ?? .distantPast)
            if now.timeIntervalSince(known) >= Self.useInterval { state.uses[key.name] = now }
            return key
        }
    }

    /// Whether a key was ever made.
    func hasKeys() throws -> Bool {
        try state.withLock { state in
            try renew(&state)
            return !state.ring.keys.isEmpty
        }
    }

    /// Changes the keys. Can wait for a disk and for others who change them.
    func update<Result>(_ change: (inout KeyRing) throws -> Result) throws -> Result {
        let lock = try FileDescriptor.open(
            FilePath("\(path).lock"), .readWrite, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
        defer { try? lock.close() }
        guard flock(lock.rawValue, LOCK_EX) == 0 else { throw Errno(rawValue: errno) }
        // Whoever asks meanwhile is not kept waiting by the disk.
        let (known, uses) = try state.withLock { state in
            try renew(&state)
            return (state.ring, state.uses)
        }
        var ring = known
        for index in ring.keys.indices {
            guard let use = uses[ring.keys[index].name] else { continue }
            ring.keys[index].lastUsedAt = max(use, ring.keys[index].lastUsedAt ?? .distantPast)
        }
        let result = try change(&ring)
        try write(ring)
        try state.withLock { state in
            state.uses = state.uses.filter { uses[$0.key] != $0.value }
            try renew(&state)
        }
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
        let part = "\(path).part"
        let file = try FileDescriptor.open(
            FilePath(part), .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .ownerReadWrite)
        do {
            try file.writeAll(encoder.encode(ring))
            try file.close()
        } catch {
            try? file.close()
            throw error
        }
        try keepOwner(part)
        try DurableFile.publish(part, as: path)
    }

    /// If the administrator changes the keys of a master that runs as someone else, that one has to read them still.
    private func keepOwner(_ part: String) throws {
        guard getuid() == 0 else { return }
        let folder = try FileFacts.of(RawPath(path).folder)
        for path in [part, "\(path).lock"] {
            try FileManager.default.setAttributes(
                [.ownerAccountID: folder.owner, .groupOwnerAccountID: folder.group], ofItemAtPath: path)
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
            state.ring = try decoder.decode(KeyRing.self, from: Data(contentsOf: URL(filePath: path)))
        } catch {
            throw ServiceError(
                .startup,
                "the keys in \(path) cannot be read: \(error.localizedDescription); bring the file back, or remove "
                    + "it and create new keys")
        }
        state.byHash = [:]
        for (index, key) in state.ring.keys.enumerated() {
            for secret in key.secrets { state.byHash[secret.sha256] = index }
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
