/// One attempt at a tile.
public struct TileAttempt: Sendable, Hashable, Codable {
    public let job: JobID
    public let pass: Int
    /// The tile's index.
    public let index: Int
    public let attempt: Int

    enum CodingKeys: String, CodingKey {
        case job, pass, attempt
        case index = "tile"
    }

    public init(_ tile: TileID, attempt: Int) {
        job = tile.job
        pass = tile.pass
        index = tile.index
        self.attempt = attempt
    }

    public var tile: TileID { TileID(job: job, pass: pass, index: index) }
}
