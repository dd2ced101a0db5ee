import NIOPosix

/// Threads for calls that can wait for a disk: reading, writing, creating, syncing and removing files, and codecs,
/// which read and write files as they work.
///
/// Swift's own pool has one thread for each core, and all other work needs those threads. So put each call that can
/// wait for a disk into a closure for `run`. `scripts/check-layers` finds calls outside of such closures.
struct DiskPool: Sendable {
    /// The number of threads.
    let count: Int
    private let threads: NIOThreadPool

    /// Starts the threads.
    init(threads count: Int) {
        self.count = count
        threads = NIOThreadPool(numberOfThreads: count)
        threads.start()
    }

    /// Runs `body` on a thread of the pool, once one is free.
    /// - Throws: the errors of `body`; `CancellationError` if the pool is closed.
    func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await threads.runIfActive(body)
    }

    /// Runs a closure that ends early once this task is cancelled.
    /// - Parameter body: checks the flag from time to time.
    func runCancellable<R: Sendable>(_ body: @escaping @Sendable (CancellationFlag) throws -> R) async throws -> R {
        let flag = CancellationFlag()
        return try await withTaskCancellationHandler {
            try await run { try body(flag) }
        } onCancel: {
            flag.set()
        }
    }

    /// Runs a closure even if the task is cancelled, for example to clean up. Returns `nil` if the pool is closed.
    func runQuietly<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R? {
        await Task { [threads] in try? await threads.runIfActive(body) }.value
    }

    func close() async { try? await threads.shutdownGracefully() }
}
