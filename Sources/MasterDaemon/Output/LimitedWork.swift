import Synchronization
import TileCore

/// Work on a thread pool for people who wait for it: so much at once, and so much that waits. The rest is refused, so
/// that a crowd gets quick answers instead of late ones.
struct LimitedWork: Sendable {
    private let disk: DiskPool
    private let places: AsyncSemaphore
    private let patience: Duration

    /// - Parameters:
    ///   - places: how much is done at once.
    ///   - maximumWaiting: how much may wait for a place.
    ///   - patience: for how long it may, until a thread has it.
    init(disk: DiskPool, places: Int, maximumWaiting: Int, patience: Duration = .seconds(10)) {
        self.disk = disk
        self.places = AsyncSemaphore(places: places, maximumWaiting: maximumWaiting)
        self.patience = patience
    }

    /// - Throws: what `body` throws, or `ServiceError` with the code `busy` if it was not begun.
    func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        let end = ContinuousClock.now + patience
        do {
            return try await places.withPlace(within: patience) { try await start(body, before: end) }
        } catch is AsyncSemaphore.Refusal {
            throw ServiceError.busy
        }
    }

    /// Others may use the pool's threads, too: waiting for one takes of the patience.
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
                    // The pool was closed before.
                    result = start.take() ? .failure(error) : nil
                }
                timer.cancel()
                if let result { continuation.resume(with: result) }
            }
        }
    }
}

/// Decides once whether work is begun or given up.
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
