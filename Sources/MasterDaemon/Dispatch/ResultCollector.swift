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
        var accepted: [TileResult] = []
        var run: JobMachine.Run?
        for (result, receipt) in await dispatcher.receive(delivery.result) {
            if case .drop(let reason) = receipt { logDrop(of: result, delivery.origin, reason) }
            guard case .write(let order, let region) = receipt else { continue }
            guard await write(delivery, result, of: order, at: region) else { return }
            accepted.append(result)
            run = order.run
        }
        guard let run else { return delivery.acknowledge() }
        // Passes only the closure to the log, because the delivery would hold its pixels until the tiles are stored.
        let changes = accepted.map {
            TileChange(
                tile: $0.tile, generation: run.generation, status: .completed, worker: $0.worker,
                milliseconds: $0.milliseconds)
        }
        log.append(changes, then: delivery.acknowledgement)
        await dispatcher.finish(accepted.map(\.tile), of: run)
    }

    /// Writes a tile's pixels into the canvas, unless the worker has done so. Returns `false` if this master ends before.
    private func write(
        _ delivery: any TileDelivery, _ result: TileResult, of order: PassOrder, at region: TileRegion
    ) async -> Bool {
        let bytes = PixelBuffer.byteCount(size: region.size, format: order.target.pixels.format)
        stages.add(
            .kernel, bytes: bytes, wall: .milliseconds(result.milliseconds), cpu: .milliseconds(result.cpuMilliseconds))
        guard case .pixels = result.outcome else { return true }
        return await disk.runQuietly { [stages] in
            stages.measure(.paste, bytes: bytes) { delivery.write(to: order.target.pixels, at: region) }
            return true
        } == true
    }

    /// Most reasons are normal, because a slow or lost worker may still answer. They are logged at info.
    private func logDrop(of result: TileResult, _ origin: Logger.Metadata, _ reason: Scheduler.Drop) {
        let level: Logger.Level = reason == .wrongPixels || reason == .noSuchTile ? .notice : .info
        var metadata = result.tile.logMetadata
        metadata.merge(origin) { $1 }
        metadata[LogKey.attempt] = "\(result.attempt)"
        metadata[LogKey.worker] = "\(result.worker)"
        metadata[LogKey.reason] = "\(reason.rawValue)"
        logger.log(level: level, "a result was dropped", metadata: metadata)
    }
}
