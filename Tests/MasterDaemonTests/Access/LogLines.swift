import Logging
import Synchronization
import TileCore
import Tracing

/// Collects the lines of a logger.
final class LogLines: Sendable {
    private let written = Mutex<[String]>([])

    var lines: [String] { written.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { [self] _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            // Merges metadata as the daemons' own log handlers do.
            let all = ServiceContext.metadataProvider.get().merging(event.metadata ?? [:]) { $1 }
            let facts = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            log.written.withLock { $0.append("\(event.level): \(event.message)\(facts)") }
        }
    }
}
