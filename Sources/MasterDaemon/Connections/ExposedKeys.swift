import Logging
import Synchronization
import TileCore

/// Logs that a key was sent unencrypted, with the client's address. The number of lines is limited, because anybody can
/// send made-up keys. The next line tells how many were omitted.
final class ExposedKeys: Sendable {
    private let lines = Mutex(RefusalLines())
    private let logger: Logger
    private let now: @Sendable () -> Double

    init(_ logger: Logger, now: @escaping @Sendable () -> Double = Uptime.seconds) {
        self.logger = logger
        self.now = now
    }

    /// - Parameter target: the request's target. Its query is not logged.
    func tell(of address: String?, target: String) {
        guard let omitted = lines.withLock({ $0.take(of: nil, at: now()) }) else { return }
        logger.warning(
            "key sent to the port without TLS: others may have read it; rotate it",
            metadata: [
                LogKey.host: "\(address.map(AddressBlock.plain) ?? "")",
                LogKey.path: "\(target.prefix { $0 != "?" }.prefix(200))", LogKey.omitted: "\(omitted)",
            ])
    }
}
