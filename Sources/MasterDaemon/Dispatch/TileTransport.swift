import Logging
import TileCore

/// Delivers tiles to workers and brings their results back, in any order and each at least once.
///
/// The dispatcher decides when and to which partition a tile is sent, and which result counts. The transport decides how it
/// is delivered: through Kafka, or to threads of this process.
protocol TileTransport: Sendable {
    /// Whether workers on this machine can read and write the pass's canvases, so that its tiles need no pixels.
    func canLend(_ order: PassOrder) -> Bool

    /// Sends a tile, or a group of lent ones. Returns once the delivery is certain.
    func send(_ dispatch: Scheduler.Dispatch, of order: PassOrder) async throws(TransportError)

    /// The next result; `nil` after the last one. Only one task may call it.
    func nextResult() async -> (any TileDelivery)?

    /// Stops receiving results. Acknowledgements stay valid.
    func close() async
}

/// A received result.
protocol TileDelivery: Sendable {
    var result: TileResult { get }

    /// Where the result came from, for log lines.
    var origin: Logger.Metadata { get }

    /// Writes the pixels into the image, if they are not there yet. Can wait for a disk.
    /// - Precondition: the result has pixels of the image's format and `region`'s size.
    func write(to image: any PixelRows, at region: TileRegion)

    /// Acknowledges the result, so that it is not delivered again. The closure holds none of the pixels.
    var acknowledgement: @Sendable () -> Void { get }
}

extension TileTransport {
    func canLend(_ order: PassOrder) -> Bool { false }
}

extension TileDelivery {
    func acknowledge() { acknowledgement() }
}

/// The error of a tile that could not be sent.
struct TransportError: Error, Sendable {
    let reason: String
    /// Whether the tile can never be sent. If false, a retry may succeed.
    let isFinal: Bool
}

/// Receives a transport's news of its workers.
protocol FleetObserver: Sendable {
    /// Sets the workers online with their slots and partitions.
    func setFleet(_ fleet: FleetView) async
    /// Notes that a worker is lost, and will not answer its tiles.
    func workerLost(_ worker: LostWorker) async
    /// Sets the number of partitions to which tiles can be sent.
    func setPartitions(_ count: Int) async
}
