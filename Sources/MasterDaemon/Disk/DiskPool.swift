import NIOPosix

/// Threads for calls that can wait for a disk: reading, writing, making, syncing and removing files, and codecs, which
/// do these in between.
///
/// Swift's own threads are as many as the machine has cores, and everything else waits for them. So a call that can
/// wait for a disk stands in a closure that is given to `run`; `scripts/check-layers` looks for those that do not.
struct DiskPool: Sendable {
    /// How many threads there are.
    let count: Int
    private let threads: NIOThreadPool

    /// Starts the threads.
    init(threads count: Int) {
        self.count = count
        threads = NIOThreadPool(numberOfThreads: count)
        threads.start()
    }

    /// Runs `body` on a thread of the pool, once one is free.
    /// - Throws: what `body` throws; `CancellationError` if the pool was closed before.
    func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await threads.runIfActive(body)
    }

    /// The same for a closure that ends early once this task is cancelled.
    /// - Parameter body: asks the flag from time to time.
    func runHeeding<R: Sendable>(_ body: @escaping @Sendable (CancellationFlag) throws -> R) async throws -> R {
        let flag = CancellationFlag()
        return try await withTaskCancellationHandler {
            try await run { try body(flag) }
        } onCancel: {
            flag.set()
        }
    }

    /// The same for a closure that does not throw and is run although the task is cancelled, as cleaning up is; `nil` if
    /// the pool was closed before.
    func runQuietly<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R? {
        await Task { [threads] in try? await threads.runIfActive(body) }.value
    }

    func close() async { try? await threads.shutdownGracefully() }
}
