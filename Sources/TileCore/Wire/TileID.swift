/// Identifies a tile by its job, pass and index.
public struct TileID: Sendable, Hashable {
    public let job: JobID
    /// The pass of the job, from 0. A pipeline with a wide halo has more than one.
    public let pass: Int
    /// The tile's position in the grid, row by row, from 0.
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
