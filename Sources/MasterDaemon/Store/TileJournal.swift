import Logging
import ServiceLifecycle
import Synchronization
import TileCore

/// Collects changes of tiles and writes them in batches. Each transaction has the changes that came during the previous
/// one.
final class TileJournal: Service {
    private struct Entry: Sendable {
        let change: TileChange
        let then: (@Sendable () -> Void)?
    }

    private struct State {
        var entries: [Entry] = []
        /// Attempts without a result, at most `mostEnds`.
        var ends: [AttemptEnd] = []
        /// How many entries were appended, and how many of these are in the database.
        var appended = 0
        var written = 0
        var waiting: [Int: (goal: Int, continuation: CheckedContinuation<Void, any Error>)] = [:]
        var nextTicket = 0
        var hasEnded = false
        var problem: String?
    }

    /// How many ends of attempts are kept while the database cannot be written.
    private static let mostEnds = 1000

    private let store: Store
    private let logger: Logger
    /// Yields when there are changes to write. Changes that come during a write go into the next batch.
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let state = Mutex(State())

    init(store: Store, logger: Logger) {
        self.store = store
        self.logger = logger
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Why the last write failed; `nil` if it succeeded.
    var problem: String? { state.withLock { $0.problem } }

    /// Waits until everything that was appended before is in the database.
    /// - Throws: the error of a failed write, although the write is retried; `CancellationError` if the task is cancelled
    ///   or the journal has ended before.
    func flush() async throws {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<Void, any Error>? in
                    if state.written == state.appended { return .success(()) }
                    if state.hasEnded || Task.isCancelled { return .failure(CancellationError()) }
                    state.waiting[ticket] = (state.appended, continuation)
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let waiting = state.withLock { $0.waiting.removeValue(forKey: ticket) }
            waiting?.continuation.resume(throwing: CancellationError())
        }
    }

    func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() {
            while await !write() {
                guard (try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }) != nil else {
                    break
                }
            }
        }
        // Tiles that cannot be written now are done again after the next start.
        _ = await write()
        let waiting = state.withLock { state in
            state.hasEnded = true
            defer { state.waiting = [:] }
            return state.waiting.values.map(\.continuation)
        }
        for continuation in waiting { continuation.resume(throwing: CancellationError()) }
    }

    /// Writes all changes.
    /// - Returns: false if that failed; the changes are kept then.
    private func write() async -> Bool {
        let (batch, ends) = state.withLock { ($0.entries, $0.ends) }
        guard !batch.isEmpty || !ends.isEmpty else { return true }
        do {
            try await store.apply(batch.map(\.change), ends: ends)
        } catch {
            let (isNews, waiting) = state.withLock { state in
                defer {
                    state.problem = "\(error)"
                    state.waiting = [:]
                }
                return (state.problem == nil, state.waiting.values.map(\.continuation))
            }
            // Callers of `flush` get the error, because a waiting job has to give up its place.
            for continuation in waiting { continuation.resume(throwing: error) }
            if isNews {
                logger.error(
                    "tiles cannot be saved in the database; trying again until they can",
                    metadata: [LogKey.reason: "\(error)"])
            }
            return false
        }
        let done = state.withLock { state in
            state.problem = nil
            state.entries.removeFirst(batch.count)
            state.ends.removeFirst(ends.count)
            state.written += batch.count
            let done = state.waiting.filter { $0.value.goal <= state.written }
            for ticket in done.keys { state.waiting[ticket] = nil }
            return done.values.map(\.continuation)
        }
        for entry in batch { entry.then?() }
        for continuation in done { continuation.resume() }
        return true
    }
}

extension TileJournal: TileLog {
    func append(_ changes: [TileChange], then: (@Sendable () -> Void)?) {
        precondition(!changes.isEmpty, "nothing to store")
        state.withLock { state in
            for change in changes.dropLast() { state.entries.append(Entry(change: change, then: nil)) }
            if let last = changes.last { state.entries.append(Entry(change: last, then: then)) }
            state.appended += changes.count
        }
        signal.yield()
    }

    func append(_ end: AttemptEnd) {
        state.withLock { state in
            if state.ends.count < Self.mostEnds { state.ends.append(end) }
        }
        signal.yield()
    }
}
