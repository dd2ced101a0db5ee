import ServiceLifecycle

/// Something that one task waits for, and that happens once.
struct Finish: Sendable {
    private let stream: AsyncStream<Never>
    private let continuation: AsyncStream<Never>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func finish() { continuation.finish() }

    /// Returns at a graceful shutdown, too.
    func wait() async { await cancelWhenGracefulShutdown { for await _ in stream {} } }
}
