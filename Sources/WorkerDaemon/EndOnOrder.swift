import ServiceLifecycle
import Synchronization

/// Ends once the master has ordered it, and with it the whole process in order, as after a signal.
final class EndOnOrder: Service {
    private let orders: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let reason = Mutex<String?>(nil)

    init() { (orders, continuation) = AsyncStream.makeStream() }

    /// Why this worker may not have its id; `nil` unless it was refused.
    var refusal: String? { reason.withLock { $0 } }

    /// The worker finishes what it has in hand and ends.
    func drain() { continuation.finish() }

    /// The same, since another worker has the id.
    func refuse(_ reason: String) {
        self.reason.withLock { $0 = $0 ?? reason }
        continuation.finish()
    }

    func run() async throws {
        for await _ in orders.cancelOnGracefulShutdown() {}
    }
}
