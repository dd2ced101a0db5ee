import TileCore

/// The types of the scheduler's inputs and decisions.
extension Scheduler {
    struct Limits: Sendable {
        /// Tiles in flight for each slot of a worker: one in work, the others queued. Fast tiles need more of them
        /// (`TilePace`).
        var tilesPerSlot = 3...6
        /// Tiles in flight while no worker is known, because workers without heartbeats may be there.
        var minimumTiles = 4
        /// Bytes outstanding in one partition, unless a single tile is larger.
        var partitionBytes = EmbeddedBroker.partitionBytes
        /// Bytes outstanding in all partitions, unless a single tile is larger. A tile is outstanding from its cutting to its
        /// answer.
        var bytes = 512 << 20
        /// Whether the transport never loses a tile. Then no tile is late, and none is sent twice.
        var isLossless = false
        /// Attempts that may be late or fail before the job fails.
        var attempts = 4
    }

    struct Dispatch: Sendable, Equatable {
        let tile: TileID
        let partition: Int
        let attempt: Int
        /// Whether another attempt is in flight at a slow worker.
        var isSpeculative = false
    }

    /// The decision on a result.
    enum Verdict: Sendable, Equatable {
        /// Write these pixels, then call `finish`.
        case write(TileRegion)
        /// The result is not needed.
        case drop(Drop)
        /// The attempt failed. The tile is resent, unless another attempt is in flight.
        case resend
        /// The worker cannot open the canvases. The tile is resent with its pixels.
        case sendPixels
        /// The attempt failed, and no attempt is left.
        case fail(reason: String)
    }

    enum Drop: String, Sendable, CaseIterable {
        case unknownJob = "unknown_job"
        case otherPass = "other_pass"
        case noSuchTile = "no_such_tile"
        case wrongPixels = "wrong_pixels"
        /// The pixels were written into the canvas of another run.
        case otherCanvas = "other_canvas"
        case duplicate
    }

    /// Whether a worker can answer.
    enum Answering: Sendable {
        case yes
        /// A worker without heartbeats answered some time ago. Late tiles are resent, but none fails.
        case perhaps
        /// No tile is late.
        case no
    }

    /// The consequences of timeouts or of a lost worker: tiles to resend, and tiles that fail permanently.
    struct Lateness: Sendable, Equatable {
        var resend: [TileID] = []
        /// Each with its reason.
        var givenUp: [TileID: String] = [:]
    }
}
