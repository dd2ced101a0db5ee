import TileCore

/// The words in which the scheduler is told and tells.
extension Scheduler {
    struct Limits: Sendable {
        /// Tiles in flight for each slot of a worker: one in hand, the others on their way; more while tiles are computed
        /// fast (`TilePace`).
        var tilesPerSlot = 3...6
        /// Tiles in flight while no worker has told of itself. Workers need not send heartbeats.
        var minimumTiles = 4
        /// Bytes outstanding in one partition, unless a single tile is larger.
        var partitionBytes = EmbeddedBroker.partitionBytes
        /// Bytes outstanding in all, from the moment in which a tile is cut until it is answered, unless a single tile
        /// is larger.
        var bytes = 512 << 20
        /// Nothing is ever lost on the way: no tile is late, and none is sent twice.
        var isLossless = false
        /// Times that a tile is late or fails before its job does.
        var attempts = 4
    }

    struct Dispatch: Sendable, Equatable {
        let tile: TileID
        let partition: Int
        let attempt: Int
        /// Another attempt is in flight, at a slow worker.
        var isSpeculative = false
    }

    /// What becomes of a result.
    enum Verdict: Sendable, Equatable {
        /// Write these pixels, then call `finish`.
        case write(TileRegion)
        /// Nobody waits for it (any more).
        case drop(Drop)
        /// The worker could not do it; the tile is resent, or another attempt of it is in flight already.
        case resend
        /// The worker cannot open the canvases; the tile is resent with its pixels.
        case sendPixels
        /// The worker could not do it, and no attempt is left.
        case fail(reason: String)
    }

    enum Drop: String, Sendable, CaseIterable {
        case unknownJob = "unknown_job"
        case otherPass = "other_pass"
        case noSuchTile = "no_such_tile"
        case wrongPixels = "wrong_pixels"
        /// The pixels went to the canvas of another run.
        case otherCanvas = "other_canvas"
        case duplicate
    }

    /// Whether there is anyone who could answer.
    enum Answering: Sendable {
        case yes
        /// Someone without heartbeats did, some time ago: late tiles are resent, but none fails.
        case perhaps
        /// No tile is late.
        case no
    }

    /// What time or a lost worker brings: tiles to resend, and tiles that fail permanently.
    struct Lateness: Sendable, Equatable {
        var resend: [TileID] = []
        /// With the reason.
        var givenUp: [TileID: String] = [:]
    }
}
