import Logging
import Synchronization
import TileCore

/// Says in the log that keys were sent unencrypted, with the address that did. As anybody can do that with made-up keys, so
/// many lines are written and the next one tells how many were left out.
final class ExposedKeys: Sendable {
    private let lines = Mutex(RefusalLines())
    private let logger: Logger
    private let now: @Sendable () -> Double

    init(_ logger: Logger, now: @escaping @Sendable () -> Double = Uptime.seconds) {
        self.logger = logger
        self.now = now
    }

    /// - Parameter target: as it stands in the first line of the request; its query is left out.
    func tell(of address: String?, target: String) {
        guard let omitted = lines.withLock({ $0.take(of: nil, at: now()) }) else { return }
        logger.warning(
            "a key was sent to the port without TLS: everybody on the way can have read it; rotate it",
            metadata: [
                LogKey.host: "\(address.map(AddressBlock.plain) ?? "")",
                LogKey.path: "\(target.prefix { $0 != "?" }.prefix(200))", LogKey.omitted: "\(omitted)",
            ])
    }
}
