/// The names of spans' attributes.
public enum SpanKey {
    public static let request = "tilework.request_id"
    public static let job = "tilework.job"
    public static let generation = "tilework.generation"
    public static let transforms = "tilework.transforms"
    public static let width = "tilework.image.width"
    public static let height = "tilework.image.height"
    /// The outcome of the work.
    public static let outcome = "tilework.outcome"
    public static let pass = "tilework.pass"
    public static let tile = "tilework.tile"
    public static let tiles = "tilework.tiles"
    public static let attempt = "tilework.attempt"
    public static let isSpeculative = "tilework.speculative"
    public static let worker = "tilework.worker"
    /// Milliseconds of processor time.
    public static let cpuTime = "tilework.cpu_ms"
    /// Bytes of pixels.
    public static let bytes = "tilework.bytes"

    // OpenTelemetry's names for records.
    public static let messagingSystem = "messaging.system"
    public static let messagingTopic = "messaging.destination.name"
    public static let messagingPartition = "messaging.destination.partition.id"
}
