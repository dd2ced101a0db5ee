import Synchronization
import TileCore

/// Runs requests of waiting users on a thread pool. It limits how many run and how many wait, and refuses the rest. So
/// under load some users get quick refusals, but none get late answers.
struct LimitedWork: Sendable {
    private let disk: DiskPool
    private let places: AsyncSemaphore
    private let waitLimit: Duration

    /// - Parameters:
    ///   - places: how many run at once.
    ///   - maximumWaiting: how many may wait for a place.
    ///   - waitLimit: how long each may wait, until it has a place and a thread.
    init(disk: DiskPool, places: Int, maximumWaiting: Int, waitLimit: Duration = .seconds(10)) {
        self.disk = disk
        self.places = AsyncSemaphore(places: places, maximumWaiting: maximumWaiting)
        self.waitLimit = waitLimit
    }

    /// - Throws: the errors of `body`, or `ServiceError` with the code `busy` if it was not started.
    func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        let end = ContinuousClock.now + waitLimit
        do {
            return try await places.withPlace(within: waitLimit) { try await start(body, before: end) }
        } catch is AsyncSemaphore.Refusal {
            throw ServiceError.busy
        }
    }

    /// The wait for a thread counts toward the limit, because other work uses the same threads.
    private func start<R: Sendable>(
        _ body: @escaping @Sendable () throws -> R, before end: ContinuousClock.Instant
    ) async throws -> R {
        let start = Start()
        return try await withCheckedThrowingContinuation { continuation in
            let timer = Task {
                guard (try? await Task.sleep(until: end)) != nil, start.take() else { return }
                continuation.resume(throwing: ServiceError.busy)
            }
            Task {
                let result: Result<R, any Error>?
                do {
                    result = try await disk.run { start.take() ? Result { try body() } : nil }
                } catch {
                    // The pool is closed.
                    result = start.take() ? .failure(error) : nil
                }
                timer.cancel()
                if let result { continuation.resume(with: result) }
            }
        }
    }
}

/// Decides once whether work is started or given up.
private final class Start: Sendable {
    private let isTaken = Mutex(false)

    /// - Returns: whether this call is the first.
    func take() -> Bool {
        isTaken.withLock { isTaken in
            defer { isTaken = true }
            return !isTaken
        }
    }
}
