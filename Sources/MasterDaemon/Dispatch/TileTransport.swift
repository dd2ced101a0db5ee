import Logging
import TileCore

/// Brings tiles to whoever transforms them, and the results back: in any order, each tile at least once.
///
/// The dispatcher decides which tile goes when and where to, and which result counts. How tiles travel is the
/// transport's matter: through Kafka, or to threads of this process.
protocol TileTransport: Sendable {
    /// Hands a tile over; returns once it is on its way for sure.
    func send(_ dispatch: Scheduler.Dispatch, of order: PassOrder) async throws(TransportError)

    /// The next result; `nil` once there will be no more. One task asks.
    func nextResult() async -> (any TileDelivery)?

    /// No results are taken any more. What was acknowledged stays so.
    func close() async
}

/// A result that has come back.
protocol TileDelivery: Sendable {
    var result: TileResult { get }

    /// Where it came from, for log lines.
    var origin: Logger.Metadata { get }

    /// Puts the pixels in their place, if they are not there yet. Can wait for a disk.
    /// - Precondition: the result has pixels of the image's format and `region`'s size.
    func write(to image: any PixelRows, at region: TileRegion)

    /// Says that the result is done with and need not come again. Holds none of its pixels.
    var acknowledgement: @Sendable () -> Void { get }
}

extension TileDelivery {
    func acknowledge() { acknowledgement() }
}

/// A tile could not be handed over.
struct TransportError: Error, Sendable {
    let reason: String
    /// It will never work; the same tile may work later if this is false.
    let isFinal: Bool
}

/// What a transport tells of those who transform tiles.
protocol FleetObserver: Sendable {
    /// Who is online, with how many slots, and which partitions are whose.
    func setFleet(_ fleet: FleetView) async
    /// What this worker had comes back from nobody.
    func workerLost(_ worker: LostWorker) async
    /// Tiles can go to so many partitions from now on.
    func setPartitions(_ count: Int) async
}
