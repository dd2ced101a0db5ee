import Foundation

/// A snapshot of the keys. All checks of one request use the same snapshot.
struct KeyLook: Sendable {
    /// Whether a key was ever created.
    let hasKeys: Bool
    private let ring: KeyRing
    /// Indices of keys, by the hashes of their secrets.
    private let byHash: [String: Int]

    init(_ ring: KeyRing = KeyRing()) {
        self.ring = ring
        hasKeys = !ring.keys.isEmpty
        var byHash: [String: Int] = [:]
        for (index, key) in ring.keys.enumerated() {
            for secret in key.secrets { byHash[secret.sha256] = index }
        }
        self.byHash = byHash
    }

    /// The key that a secret belongs to; `nil` if there is none, or it is no longer valid.
    /// - Parameter hash: the hash of the secret.
    func key(opening hash: String, at now: Date) -> KeyRecord? {
        guard let index = byHash[hash], ring.keys[index].accepts(hash, at: now) else { return nil }
        return ring.keys[index]
    }

    var all: KeyRing { ring }
}
