/// The places of a tile's source and result pixels in a master's canvases. A worker on the same machine reads and
/// writes there, and the records contain no pixels.
public struct CanvasLoan: Sendable, Hashable {
    /// Identifies the run of the pass. The answer repeats it, and pixels that were written for another run are ignored.
    public let id: String
    /// The run of the job: the part of `id` before its hyphen.
    public var run: String { String(id.prefix { $0 != "-" }) }
    /// The size of both images.
    public let image: PixelSize
    /// The top left corner of the task's pixels in the source.
    public let x: Int
    public let y: Int
    /// The inodes of the canvases' files, because their names change.
    public let source: UInt64
    public let target: UInt64
    /// The number of tiles that the task's pixels are made of: adjacent ones of a row, from the task's tile on.
    public let tiles: Int

    /// The values of `tiles` that a worker takes.
    static let tileCounts = 1...64

    public init(id: String, image: PixelSize, x: Int, y: Int, source: UInt64, target: UInt64, tiles: Int = 1) {
        self.id = id
        self.image = image
        self.x = x
        self.y = y
        self.source = source
        self.target = target
        self.tiles = tiles
    }

    static func checkTiles(_ tiles: Int) throws(WireError) -> Int {
        guard tileCounts.contains(tiles) else {
            throw WireError(.badValue, "tiles is \(tiles); it is 1 to \(tileCounts.upperBound)")
        }
        return tiles
    }

    static func checkID(_ id: String) throws(WireError) -> String {
        guard (1...64).contains(id.utf8.count), id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw WireError(.badValue, "loan is not 1 to 64 visible ASCII characters")
        }
        return id
    }
}

/// The JSON form of a loan.
struct WireLoan: Codable {
    let loan: String
    let width: Int
    let height: Int
    let x: Int
    let y: Int
    let source: UInt64
    let target: UInt64
    /// Missing if it is 1.
    let tiles: Int?

    init(_ loan: CanvasLoan) {
        self.loan = loan.id
        width = loan.image.width
        height = loan.image.height
        x = loan.x
        y = loan.y
        source = loan.source
        target = loan.target
        tiles = loan.tiles == 1 ? nil : loan.tiles
    }

    /// - Parameter pixels: the size of the task's pixels.
    func checked(_ pixels: PixelSize) throws(WireError) -> CanvasLoan {
        let image = try WirePixels.size(width: width, height: height)
        // No overflow: sides are at most 2^20.
        guard x >= 0, y >= 0, x < image.width, y < image.height, x + pixels.width <= image.width,
            y + pixels.height <= image.height
        else { throw WireError(.badValue, "\(pixels) pixels at (\(x), \(y)) are not inside the \(image) canvas") }
        let tiles = try CanvasLoan.checkTiles(tiles ?? 1)
        return CanvasLoan(
            id: try CanvasLoan.checkID(loan), image: image, x: x, y: y, source: source, target: target, tiles: tiles)
    }
}
