import TileCore

/// Cuts a tile with its halo out of a pass's source and puts it on `tasks`.
struct TileSender: Sendable {
    let producer: KafkaProducer
    let topic: String
    let replyTo: String

    func send(_ dispatch: Scheduler.Dispatch, of order: PassOrder) async throws(KafkaError) {
        let index = dispatch.tile.index
        let source = order.geometry.source(index)
        let task = TileTask(
            tile: dispatch.tile, attempt: dispatch.attempt, size: source.size, format: order.geometry.input,
            inner: order.geometry.grid[index].relative(to: source), pipeline: order.pipeline, replyTo: replyTo)
        try await producer.send(
            KafkaRecord(
                topic: topic, partition: Int32(dispatch.partition), key: dispatch.tile.job.rawValue,
                headers: [task.header], payload: order.source.cut(source).takeBytes()))
    }
}
