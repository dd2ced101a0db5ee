/// Which tile of which pass of which job.
public struct TileID: Sendable, Hashable {
    public let job: JobID
    /// The pass of the job, from 0: a pipeline with a wide halo takes more than one.
    public let pass: Int
    /// The tile's place in the grid, row by row, from 0.
    public let index: Int

    public init(job: JobID, pass: Int, index: Int) {
        self.job = job
        self.pass = pass
        self.index = index
    }
}

extension TileID: CustomStringConvertible {
    public var description: String { "\(job)/\(pass)/\(index)" }
}
