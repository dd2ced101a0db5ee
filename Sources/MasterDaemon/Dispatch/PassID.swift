import TileCore

/// Identifies a pass of a job.
struct PassID: Sendable, Hashable, CustomStringConvertible {
    let job: JobID
    /// From 0.
    let number: Int

    init(job: JobID, number: Int) {
        self.job = job
        self.number = number
    }

    init(of tile: TileID) { self.init(job: tile.job, number: tile.pass) }

    func tile(_ index: Int) -> TileID { TileID(job: job, pass: number, index: index) }

    var description: String { "\(job)/\(number)" }
}
