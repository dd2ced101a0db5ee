import NIOPosix

/// Threads for calls that can wait for a disk: reading, writing, creating, syncing and removing files, and codecs,
/// which do so in between.
///
/// Swift has one thread a core, and all other work needs these threads. So a call that can wait for a disk belongs into
/// a closure for `run`. `scripts/check-layers` finds calls outside of such closures.
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

    /// Runs a closure that does not throw, even if the task is cancelled: cleaning up, for example. `nil` if the pool
    /// is closed.
    func runQuietly<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R? {
        await Task { [threads] in try? await threads.runIfActive(body) }.value
    }

    func close() async { try? await threads.shutdownGracefully() }
}
