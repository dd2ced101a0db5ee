import Logging
import ServiceLifecycle
import TileCore

/// Collects results. For each one, writes the pixels into the canvas, notes the tile, and acknowledges the result.
struct ResultCollector: Service {
    let transport: any TileTransport
    let dispatcher: Dispatcher
    let log: any TileLog
    let disk: DiskPool
    var stages = StageMeter()
    let logger: Logger

    func run() async throws {
        while let delivery = await cancelWhenGracefulShutdown({ await transport.nextResult() }) {
            await collect(delivery)
        }
        await transport.close()
    }

    func collect(_ delivery: any TileDelivery) async {
        let result = delivery.result
        let receipt = await dispatcher.receive(result)
        if case .drop(let reason) = receipt { logDrop(of: delivery, reason) }
        guard case .write(let order, let region) = receipt else { return delivery.acknowledge() }
        let bytes = PixelBuffer.byteCount(size: region.size, format: order.target.pixels.format)
        stages.add(
            .kernel, bytes: bytes, wall: .milliseconds(result.milliseconds), cpu: .milliseconds(result.cpuMilliseconds))
        // A result without pixels means that the worker wrote them into the canvas itself.
        if case .pixels = result.outcome {
            let isWritten = await disk.runQuietly { [stages] in
                stages.measure(.paste, bytes: bytes) { delivery.write(to: order.target.pixels, at: region) }
                return true
            }
            guard isWritten == true else { return }
        }
        // Passes only the closure to the log, because the delivery would hold its pixels until the tile is stored.
        log.append(
            TileChange(
                tile: result.tile, generation: order.run.generation, status: .completed, worker: result.worker,
                milliseconds: result.milliseconds), then: delivery.acknowledgement)
        await dispatcher.finish(result.tile, of: order.run)
    }

    /// Most reasons are normal, because a slow or lost worker may still answer. They are logged at info.
    private func logDrop(of delivery: any TileDelivery, _ reason: Scheduler.Drop) {
        let result = delivery.result
        let level: Logger.Level = reason == .wrongPixels || reason == .noSuchTile ? .notice : .info
        var metadata = result.tile.logMetadata
        metadata.merge(delivery.origin) { $1 }
        metadata[LogKey.attempt] = "\(result.attempt)"
        metadata[LogKey.worker] = "\(result.worker)"
        metadata[LogKey.reason] = "\(reason.rawValue)"
        logger.log(level: level, "a result was dropped", metadata: metadata)
    }
}
