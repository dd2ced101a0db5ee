public import Logging

/// Where the daemons' log lines go and how they are named.
public enum LogOutput {
    /// Sends all log lines to standard error; standard output is for what a user asked for.
    public static func bootstrap(level: Logger.Level) {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
    }

    /// The levels by name, for messages.
    public static let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
}

/// The keys of log metadata, the same in both daemons.
public enum LogKey {
    public static let job = "job"
    public static let pass = "pass"
    public static let tile = "tile"
    public static let attempt = "attempt"
    public static let worker = "worker"
    public static let host = "host"
    public static let pid = "pid"
    /// Of a worker: which start of it.
    public static let instance = "instance"
    public static let topic = "topic"
    public static let partition = "partition"
    public static let offset = "offset"
    public static let reason = "reason"
}

extension KafkaMessage {
    /// Where the record was, for a log line.
    public var logMetadata: Logger.Metadata {
        [LogKey.topic: "\(topic)", LogKey.partition: "\(partition)", LogKey.offset: "\(offset)"]
    }
}

extension TileID {
    /// Which tile it is, for a log line.
    public var logMetadata: Logger.Metadata {
        [LogKey.job: "\(job)", LogKey.pass: "\(pass)", LogKey.tile: "\(index)"]
    }
}
