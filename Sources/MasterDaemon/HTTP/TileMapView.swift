import TileCore

/// All tiles of a job's pass, as columns instead of objects, because a job can have thousands.
struct TileMapView: Encodable, Sendable {
    let jobID: JobID
    let columns: Int
    let rows: Int
    let tileSize: Int
    /// The shown pass, from 1, and the number of passes.
    let pass: Int
    let passes: Int
    /// One letter a tile, row by row: `.` pending, `p` processing, `c` completed, `f` failed.
    let states: String
    /// The workers that `worker` refers to.
    let workers: [String]
    /// For each tile the index of its worker in `workers`, or -1.
    let worker: [Int]
    /// For each tile its worker's milliseconds, or `null`.
    let milliseconds: [Double?]

    enum CodingKeys: String, CodingKey {
        case columns, rows, pass, passes, states, workers, worker, milliseconds
        case jobID = "job_id"
        case tileSize = "tile_size"
    }

    /// - Parameter inFlight: the tiles that are in flight now.
    init(_ job: JobRecord, _ plan: PassPlan, shown: Int, tiles: [TileRecord], inFlight: Set<Int>) {
        jobID = job.jobID
        columns = plan.grid.columns
        rows = plan.grid.rows
        tileSize = job.tileSize
        pass = shown + 1
        passes = plan.passes.count
        let names = Set(tiles.compactMap(\.workerID)).sorted()
        let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        workers = names
        worker = tiles.map { $0.workerID.flatMap { places[$0] } ?? -1 }
        milliseconds = tiles.map { $0.milliseconds.flatMap(Self.shownTime) }
        states = tiles.map { Self.letter($0.status, isInFlight: inFlight.contains($0.position)) }.joined()
    }

    /// Milliseconds, rounded to a tenth. `nil` for implausible values: earlier releases stored whatever a worker
    /// reported.
    static func shownTime(_ milliseconds: Double) -> Double? {
        guard (0...TileResult.longestTime).contains(milliseconds) else { return nil }
        return (milliseconds * 10).rounded() / 10
    }

    /// - Parameter isInFlight: whether the tile is in flight now. The database may not know this yet.
    static func letter(_ status: TileStatus, isInFlight: Bool) -> String {
        switch status {
        case .completed: "c"
        case .failed: "f"
        case .pending, .processing: isInFlight ? "p" : "."
        }
    }
}
