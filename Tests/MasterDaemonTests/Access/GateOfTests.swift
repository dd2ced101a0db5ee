import Logging
import TileCore

@testable import MasterDaemon

extension Gate {
    /// The gate of a master that listens on this machine only.
    /// - Parameter folder: the folder of its keys and its audit log.
    static func ofTest(
        _ folder: String, issuer: (any TokenVerifier)? = nil, isPrivate: Bool = false, isSecure: Bool = false,
        mayBeOpen: Bool = true, logger: Logger? = nil, proxies: [String] = [],
        now: @escaping @Sendable () -> Double = Uptime.seconds
    ) throws -> Gate {
        Gate(
            keys: KeyStore(folder: folder, logger: logger), issuer: issuer, origins: try OriginRule(),
            hosts: HostRule(listening: "127.0.0.1", others: ["tiles.example.org"], machine: ["render7.example.org"]),
            policy: JobPolicy(isPrivate: isPrivate),
            audit: try AuditLog(path: "\(folder)/audit.jsonl", logger: .silent),
            proxies: try TrustedProxies(proxies), isSecure: isSecure, mayBeOpen: mayBeOpen, now: now)
    }
}
