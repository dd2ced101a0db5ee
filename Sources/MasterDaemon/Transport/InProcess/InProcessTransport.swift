import Logging
import NIOPosix
import TileCore

/// Transforms tiles on threads of this process, directly from the source image into the target image. There are no
/// records and no other processes, so no tile is lost (`Scheduler.Limits.isLossless`).
final class InProcessTransport: TileTransport {
    private let threads: NIOThreadPool
    private let results: AsyncStream<InProcessDelivery>
    private let incoming: AsyncStream<InProcessDelivery>.Continuation
    private let name: String

    /// - Parameter threads: the number of tiles that are transformed at once.
    init(threads count: Int, name: String = "in-process") {
        threads = NIOThreadPool(numberOfThreads: count)
        threads.start()
        self.name = name
        (results, incoming) = AsyncStream.makeStream()
    }

    /// The scheduler's limits for a transport with this many threads.
    static func limits(threads: Int) -> Scheduler.Limits {
        var limits = Scheduler.Limits()
        // Few tiles in flight, so that jobs take turns, but enough that no thread waits for the dispatcher.
        limits.minimumTiles = 2 * threads
        // A tile in flight takes no memory until a thread begins it.
        limits.partitionBytes = .max
        limits.bytes = .max
        limits.isLossless = true
        return limits
    }

    func send(_ dispatch: Scheduler.Dispatch, of order: PassOrder) async throws(TransportError) {
        threads.submit { [name, incoming] state in
            // Tiles of an ended pass are dropped.
            guard case .active = state, !order.ended.isSet else { return }
            let clock = ContinuousClock()
            let start = clock.now
            let outcome = Self.transform(dispatch.tile.index, of: order)
            incoming.yield(
                InProcessDelivery(
                    result: TileResult(
                        tile: dispatch.tile, attempt: dispatch.attempt, worker: name,
                        milliseconds: (clock.now - start) / .milliseconds(1), outcome: outcome)))
        }
    }

    private static func transform(_ index: Int, of order: PassOrder) -> TileResult.Outcome {
        let (source, target) = (order.geometry.source(index), order.geometry.grid[index])
        do {
            let pixels = try order.source.pixels.withPixels(in: source) { pixels throws(ImagingError) in
                try order.pipeline.apply(to: pixels, inner: target.relative(to: source))
            }
            order.target.pixels.paste(pixels, at: target)
            return .pixels(pixels.size, pixels.format)
        } catch {
            return .failure(reason: error.reason)
        }
    }

    func nextResult() async -> (any TileDelivery)? {
        var iterator = results.makeAsyncIterator()
        return await iterator.next()
    }

    func close() async {
        incoming.finish()
        try? await threads.shutdownGracefully()
    }
}

/// A result with its pixels already in the target image.
struct InProcessDelivery: TileDelivery {
    let result: TileResult

    var origin: Logger.Metadata { [:] }
    var acknowledgement: @Sendable () -> Void { {} }

    func write(to image: any PixelRows, at region: TileRegion) {}
}
