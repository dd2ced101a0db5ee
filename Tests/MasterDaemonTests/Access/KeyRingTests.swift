import Foundation
import Testing

@testable import MasterDaemon

@Suite struct KeyRingTests {
    private var ring = KeyRing()
    private let start = Date(timeIntervalSince1970: 1_800_000_000)

    private func accepts(_ ring: KeyRing, _ key: APIKey, after seconds: Double) -> Bool {
        ring["lab"]?.accepts(key.hash, at: start + seconds) ?? false
    }

    @Test mutating func aKeyIsGoodUntilItExpires() throws {
        let key = try ring.create("lab", role: .viewer, expiresAt: start + 100, now: start)
        #expect(accepts(ring, key, after: 0) && accepts(ring, key, after: 99))
        #expect(!accepts(ring, key, after: 100))
        #expect(!accepts(ring, APIKey(), after: 0))
        #expect(ring["lab"]?.state(at: start + 100) == .expired)
    }

    @Test mutating func aRevokedKeyIsInvalid() throws {
        let key = try ring.create("lab", role: .viewer, expiresAt: nil, now: start)
        try ring.revoke("lab", now: start + 5)
        #expect(!accepts(ring, key, after: 5))
        #expect(throws: ServiceError.self) { try ring.revoke("lab", now: start + 6) }
        #expect(throws: ServiceError.self) { try ring.rotate("lab", overlap: 1, now: start + 6) }
    }

    @Test mutating func bothSecretsOfARotatedKeyAreValidForATime() throws {
        let old = try ring.create("lab", role: .viewer, expiresAt: nil, now: start)
        let new = try ring.rotate("lab", overlap: 60, now: start)
        #expect(accepts(ring, old, after: 59) && accepts(ring, new, after: 59))
        #expect(!accepts(ring, old, after: 60) && accepts(ring, new, after: 60))
    }

    /// A second rotation does not extend the life of a leaked secret.
    @Test mutating func aFurtherRotationExtendsNothing() throws {
        let first = try ring.create("lab", role: .viewer, expiresAt: nil, now: start)
        let second = try ring.rotate("lab", overlap: 60, now: start)
        let third = try ring.rotate("lab", overlap: 600, now: start + 30)
        #expect(accepts(ring, first, after: 59) && !accepts(ring, first, after: 60))
        #expect(accepts(ring, second, after: 629) && !accepts(ring, second, after: 630))
        #expect(accepts(ring, third, after: 100_000))
    }

    @Test mutating func withoutOverlapTheOldSecretEndsAtOnce() throws {
        let old = try ring.create("lab", role: .viewer, expiresAt: nil, now: start)
        let new = try ring.rotate("lab", overlap: 0, now: start)
        #expect(!accepts(ring, old, after: 0) && accepts(ring, new, after: 0))
        #expect(ring["lab"]?.secrets.count == 1)
    }

    /// An expired key can be rotated, because its jobs refer to its name and no other key can get that name.
    @Test mutating func anExpiredKeyIsValidAgainAfterARotation() throws {
        let old = try ring.create("lab", role: .viewer, expiresAt: start + 100, now: start)
        #expect { try ring.rotate("lab", overlap: 60, now: start + 200) } throws: { "\($0)".contains("--expires") }
        #expect(throws: ServiceError.self) {
            try ring.rotate("lab", overlap: 60, expiresAt: start + 200, now: start + 200)
        }
        let new = try ring.rotate("lab", overlap: 60, expiresAt: start + 500, now: start + 200)
        #expect(!accepts(ring, old, after: 200), "the old secret stays expired")
        #expect(accepts(ring, new, after: 499) && !accepts(ring, new, after: 500))
    }

    @Test mutating func aNewExpiryDoesNotExtendTheOldSecret() throws {
        let old = try ring.create("lab", role: .viewer, expiresAt: start + 100, now: start)
        let new = try ring.rotate("lab", overlap: 1000, expiresAt: start + 5000, now: start + 50)
        #expect(accepts(ring, old, after: 99) && !accepts(ring, old, after: 100))
        #expect(accepts(ring, new, after: 4999))
    }

    /// Jobs have the name as their owner, so a revoked or expired key's name is not given to another key.
    @Test mutating func aNameIsGivenOnce() throws {
        _ = try ring.create("lab", role: .viewer, expiresAt: nil, now: start)
        try ring.revoke("lab", now: start)
        #expect(throws: ServiceError.self) { try ring.create("lab", role: .admin, expiresAt: nil, now: start) }
    }

    @Test(arguments: ["", ".lab", "a b", "lab\n", "lab/x", "löb", "oidc:me", String(repeating: "a", count: 65)])
    mutating func invalidNamesAreRefused(name: String) {
        #expect(throws: ServiceError.self) { try ring.create(name, role: .viewer, expiresAt: nil, now: start) }
        #expect(ring.keys.isEmpty)
    }

    @Test mutating func aKeyWithAPastExpiryIsRefused() {
        #expect(throws: ServiceError.self) { try ring.create("lab", role: .viewer, expiresAt: start, now: start) }
    }
}
