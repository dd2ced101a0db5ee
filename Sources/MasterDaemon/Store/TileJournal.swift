import Logging
import ServiceLifecycle
import Synchronization
import TileCore

/// Gathers changes of tiles and writes them in batches: one transaction for all that came during the one before.
final class TileJournal: Service {
    private struct Entry: Sendable {
        var change: TileChange?
        var then: (@Sendable () -> Void)?
    }

    private let store: Store
    private let logger: Logger
    /// Something is pending. What comes while a batch is written makes the next batch.
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let pending = Mutex<[Entry]>([])
    /// Nobody listens to signals any more: who waits for a batch writes it.
    private let hasEnded = Mutex(false)
    private let reason = Mutex<String?>(nil)

    init(store: Store, logger: Logger) {
        self.store = store
        self.logger = logger
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Why nothing can be written at this time; `nil` where it can.
    var trouble: String? { reason.withLock { $0 } }

    /// Notes a change. `then` runs once it is in the database.
    func append(_ change: TileChange, then: (@Sendable () -> Void)? = nil) {
        pending.withLock { $0.append(Entry(change: change, then: then)) }
        signal.yield()
    }

    /// Returns once everything noted before is in the database.
    func flush() async {
        if hasEnded.withLock({ $0 }) { return await write() }
        await withCheckedContinuation { continuation in
            pending.withLock { $0.append(Entry(then: { continuation.resume() })) }
            signal.yield()
            // The end may have come in between, and its last batch before this entry.
            if hasEnded.withLock({ $0 }) { Task { await write() } }
        }
    }

    func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() { await write() }
        hasEnded.withLock { $0 = true }
        await write()
    }

    private func write() async {
        let batch = pending.withLock { pending in
            defer { pending.removeAll() }
            return pending
        }
        guard !batch.isEmpty else { return }
        let changes = batch.compactMap(\.change)
        var isNews = true
        while !changes.isEmpty {
            do {
                try await store.apply(changes)
                reason.withLock { $0 = nil }
                break
            } catch {
                reason.withLock { $0 = "\(error)" }
                if isNews {
                    logger.error(
                        "tiles cannot be noted in the database; trying again until they can",
                        metadata: [LogKey.reason: "\(error)"])
                }
                isNews = false
                guard (try? await Task.sleep(for: .seconds(1))) != nil else { return }
            }
        }
        for entry in batch { entry.then?() }
    }
}
