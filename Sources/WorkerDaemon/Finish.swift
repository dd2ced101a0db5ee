import ServiceLifecycle

/// An event that happens once and that one task waits for.
struct Finish: Sendable {
    private let stream: AsyncStream<Never>
    private let continuation: AsyncStream<Never>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func finish() { continuation.finish() }

    /// Waits for the event, or for a graceful shutdown.
    func wait() async { await cancelWhenGracefulShutdown { for await _ in stream {} } }
}
