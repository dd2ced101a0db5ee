public import Logging

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
