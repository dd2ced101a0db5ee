import TileCore

/// The types of the scheduler's inputs and decisions.
extension Scheduler {
    struct Limits: Sendable {
        /// Tiles in flight for each slot of a worker: one in work, the others queued. Fast tiles need more of them
        /// (`TilePace`).
        var tilesPerSlot = 3...6
        /// The same, if all workers work in lent canvases. Then records have no pixels and take little memory.
        var lentTilesPerSlot = 3...16
        /// The maximum number of tiles in a record without pixels.
        var groupTiles = 8
        /// The maximum size of these tiles, unless a single tile is larger. It bounds the memory of a worker.
        var groupBytes = 8 << 20
        /// What a tile in a lent canvas takes of a partition. Its record has this filler, and a header of some hundred bytes.
        var lentBytes = EmbeddedBroker.filler.count
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
        /// The tile, or the first one of a group.
        let tile: TileID
        /// The number of tiles: adjacent ones of a row, from `tile` on. More than one only if they are lent.
        var count = 1
        /// Whether the record names the canvases instead of containing the pixels.
        var isLent = false
        let partition: Int
        let attempt: Int
        /// Whether another attempt is in flight at a slow worker.
        var isSpeculative = false

        var indices: Range<Int> { tile.index..<tile.index + count }

        /// The tiles one by one, in order.
        var singles: [Dispatch] {
            indices.map {
                Dispatch(
                    tile: TileID(job: tile.job, pass: tile.pass, index: $0), isLent: isLent, partition: partition,
                    attempt: attempt, isSpeculative: isSpeculative)
            }
        }
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
