import Dispatch
import Foundation
import Synchronization
import TileCodecs
import TileCore

/// The effects of SIGINT, SIGTERM and SIGHUP on a command. The first signal cancels its work. The second one ends the
/// process at once. So does a time limit, because a codec in the middle of a huge image cannot be stopped.
///
/// The time limit begins with the first signal. Without a signal, work may take any time. Under nohup, which ignores
/// SIGHUP from the start, a closed terminal interrupts nothing.
enum Interruption {
    /// - Parameters:
    ///   - timeLimit: how long an orderly end may take.
    ///   - cleanup: what is removed if the end takes longer.
    static func handlingSignals<R: Sendable>(
        timeLimit: Duration = .seconds(4), cleanup: ExitCleanup, _ body: @escaping @Sendable () async throws -> R
    ) async throws -> R {
        // Before the work begins, so that a signal cannot be missed.
        let interrupts = Interrupts(timeLimit: timeLimit, cleanup: cleanup)
        defer { interrupts.end() }
        let task = Task { try await body() }
        interrupts.cancel { task.cancel() }
        return try await task.value
    }
}

/// Handles signals on a queue of its own, so that busy threads do not delay it.
private final class Interrupts {
    private let count: Count
    private let work = Work()
    private var sources: [any DispatchSourceSignal] = []
    private let numbers = [SIGINT, SIGTERM] + (SignalDisposition.isIgnored(SIGHUP) ? [] : [SIGHUP])

    init(timeLimit: Duration, cleanup: ExitCleanup) {
        let queue = DispatchQueue(label: "interrupts")
        let count = Count()
        self.count = count
        for number in numbers {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { [work] in
                if count.next() > 1 { endAtOnce(count, cleanup) }
                work.interrupt()
                queue.asyncAfter(deadline: .now() + timeLimit / .seconds(1)) { endAtOnce(count, cleanup) }
            }
            source.resume()
            sources.append(source)
        }
    }

    /// Sets how the work is cancelled. Cancels at once if there was a signal already.
    func cancel(_ body: @escaping @Sendable () -> Void) { work.begin(body) }

    /// Ends the handling, because the work has ended. From here on a signal ends the process as usual.
    func end() {
        count.close()
        for source in sources { source.cancel() }
        for number in numbers { signal(number, SIG_DFL) }
    }
}

/// The cancellation of the work, once the work has begun.
private final class Work: Sendable {
    private let state = Mutex<(cancel: (@Sendable () -> Void)?, isInterrupted: Bool)>((nil, false))

    func begin(_ cancel: @escaping @Sendable () -> Void) {
        let isInterrupted = state.withLock { state in
            state.cancel = cancel
            return state.isInterrupted
        }
        if isInterrupted { cancel() }
    }

    func interrupt() {
        let cancel = state.withLock { state in
            state.isInterrupted = true
            return state.cancel
        }
        cancel?()
    }
}

/// Counts the interrupts while the work runs.
private final class Count: Sendable {
    private let value = Mutex<Int?>(0)

    func next() -> Int {
        value.withLock { value in
            value? += 1
            return value ?? 0
        }
    }

    func close() { value.withLock { $0 = nil } }
    var isClosed: Bool { value.withLock { $0 == nil } }
}

/// Ends the process, unless the work has ended.
private func endAtOnce(_ count: Count, _ cleanup: ExitCleanup) {
    guard !count.isClosed else { return }
    cleanup.removeAll()
    let isWritten = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
        StandardStreams.error("\nError: interrupted\n")
        isWritten.signal()
    }
    // The message may have no reader.
    _ = isWritten.wait(timeout: .now() + 1)
    _exit(1)
}
