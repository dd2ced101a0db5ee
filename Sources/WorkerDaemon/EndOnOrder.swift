import ServiceLifecycle

/// Ends once the master has ordered it, and with it the whole process in order, as after a signal.
struct EndOnOrder: Service {
    private let orders: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (orders, continuation) = AsyncStream.makeStream() }

    func obey() { continuation.finish() }

    func run() async throws {
        for await _ in orders.cancelOnGracefulShutdown() {}
    }
}
