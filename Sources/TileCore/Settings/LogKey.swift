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
    /// The id of one start of a worker or a master.
    public static let instance = "instance"
    public static let topic = "topic"
    public static let partition = "partition"
    public static let partitions = "partitions"
    public static let offset = "offset"
    public static let reason = "reason"
    /// The id of the HTTP request that caused the line (`X-Request-Id`).
    public static let request = "request"
    /// The id of the line's trace, if it is recorded.
    public static let trace = "trace"
    /// The path of a request.
    public static let path = "path"
    public static let image = "image"
    /// A number of tiles.
    public static let tiles = "tiles"
    public static let recordsTaken = "records_taken"
    public static let tilesDone = "tiles_done"
    public static let slots = "slots"
    public static let brokers = "brokers"
    public static let port = "port"
    public static let connections = "connections"
    public static let refused = "refused"
    /// The number of similar lines that were left out before this one.
    public static let omitted = "omitted"
    /// The start of a certificate's validity.
    public static let starts = "starts"
    /// The end of a certificate's validity.
    public static let expires = "expires"
}

extension KafkaMessage {
    /// The record's topic, partition and offset for a log line.
    public var logMetadata: Logger.Metadata {
        [LogKey.topic: "\(topic)", LogKey.partition: "\(partition)", LogKey.offset: "\(offset)"]
    }
}

extension TileID {
    /// The tile's job, pass and index for a log line.
    public var logMetadata: Logger.Metadata {
        [LogKey.job: "\(job)", LogKey.pass: "\(pass)", LogKey.tile: "\(index)"]
    }
}
