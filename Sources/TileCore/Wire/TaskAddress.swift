/// A task's tile and the topic for its answer. They can be parsed even if the task has a step that this release does
/// not know.
public struct TaskAddress: Sendable, Hashable {
    public let tile: TileID
    public let attempt: Int
    /// The topic that takes the result.
    public let replyTo: String

    public init(of task: TileTask) {
        tile = task.tile
        attempt = task.attempt
        replyTo = task.replyTo
    }

    /// Parses a task's header and checks only these fields.
    public init(header: [UInt8]?) throws(WireError) {
        let fields = try WireHeader.decode(Fields.self, from: header)
        tile = try TileTask.tile(fields.job, pass: fields.pass, index: fields.tile)
        attempt = try TileTask.attempt(fields.attempt)
        replyTo = try TileTask.topic(fields.reply_to)
    }

    private struct Fields: Decodable {
        let v: Int
        let job: JobID
        let pass: Int
        let tile: Int
        let attempt: Int
        let reply_to: String
    }
}
