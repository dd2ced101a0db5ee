/// Which tile a task is about and where its answer goes: what can be read of one that has a step which is not known here.
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

    /// Reads a task's header and checks these parts of it.
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
