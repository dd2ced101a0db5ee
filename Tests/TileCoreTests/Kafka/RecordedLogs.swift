import Logging
import Synchronization

@testable import TileCore

/// An event that happens once and that a test waits for.
final class TestSignal: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func fire() { continuation.finish() }
    func wait() async { for await _ in stream {} }
}

/// Records a client's log lines.
final class RecordedLogs: Sendable {
    private let lines = Mutex<[(level: Logger.Level, text: String)]>([])
    private let stream: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    var logger: Logger { Logger(label: "test") { _ in Handler(logs: self) } }

    /// The lines of this level and higher ones.
    func lines(from level: Logger.Level) -> [String] {
        lines.withLock { lines in lines.filter { $0.level >= level }.map(\.text) }
    }

    /// Waits for a line that contains this text.
    func wait(for words: String) async { for await line in stream where line.contains(words) { return } }

    fileprivate func add(_ level: Logger.Level, _ text: String) {
        lines.withLock { $0.append((level, text)) }
        continuation.yield(text)
    }

    private struct Handler: LogHandler {
        let logs: RecordedLogs
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { logs.add(event.level, "\(event.message) \(event.metadata ?? [:])") }
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    /// A logger that fires a signal when its last copy is released, which shows that its client has ended.
    static func firing(_ signal: TestSignal) -> Logger {
        Logger(label: "test") { _ in EndHandler(life: EndHandler.Life(end: signal)) }
    }

    private struct EndHandler: LogHandler {
        final class Life: Sendable {
            private let end: TestSignal
            init(end: TestSignal) { self.end = end }
            deinit { end.fire() }
        }

        let life: Life
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.critical

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {}
    }
}
