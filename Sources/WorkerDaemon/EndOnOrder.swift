import ServiceLifecycle
import Synchronization

/// Ends when the master orders it. The whole process then shuts down as after a signal.
final class EndOnOrder: Service {
    private let orders: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let reason = Mutex<String?>(nil)

    init() { (orders, continuation) = AsyncStream.makeStream() }

    /// Why the worker's id was refused; `nil` if it was not.
    var refusal: String? { reason.withLock { $0 } }

    /// Ends the worker once it has finished the tiles that it took.
    func drain() { continuation.finish() }

    /// The same, because another worker has the id.
    func refuse(_ reason: String) {
        self.reason.withLock { $0 = $0 ?? reason }
        continuation.finish()
    }

    func run() async throws {
        for await _ in orders.cancelOnGracefulShutdown() {}
    }
}
