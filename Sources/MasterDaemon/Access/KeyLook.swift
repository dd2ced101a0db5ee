import Foundation

/// The keys as they were at one look at their file. A request is decided by one look, whatever it asks of it.
struct KeyLook: Sendable {
    /// Whether a key was ever made.
    let hasKeys: Bool
    private let ring: KeyRing
    /// The index of the key that a hash belongs to.
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

    /// The key that a secret opens; `nil` if there is none, or none any more.
    /// - Parameter hash: of the secret.
    func key(opening hash: String, at now: Date) -> KeyRecord? {
        guard let index = byHash[hash], ring.keys[index].accepts(hash, at: now) else { return nil }
        return ring.keys[index]
    }

    /// All keys.
    var all: KeyRing { ring }
}
