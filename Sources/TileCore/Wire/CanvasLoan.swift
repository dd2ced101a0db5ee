/// Says where in a master's canvases the pixels of a tile are, and where those of its result go, to a worker that has
/// the canvases on its own machine: then the records carry no pixels.
public struct CanvasLoan: Sendable, Hashable {
    /// The run of a pass that lends. The answer repeats it: pixels that went to the canvas of another run count as
    /// nothing.
    public let id: String
    /// The run of the job, which is the loan's name up to its hyphen.
    public var run: String { String(id.prefix { $0 != "-" }) }
    /// The size of both images.
    public let image: PixelSize
    /// The corner of the task's pixels in the source.
    public let x: Int
    public let y: Int
    /// The files, by their numbers on their disk. Their names change.
    public let source: UInt64
    public let target: UInt64

    public init(id: String, image: PixelSize, x: Int, y: Int, source: UInt64, target: UInt64) {
        self.id = id
        self.image = image
        self.x = x
        self.y = y
        self.source = source
        self.target = target
    }

    static func checkID(_ id: String) throws(WireError) -> String {
        guard (1...64).contains(id.utf8.count), id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw WireError(.badValue, "loan is no name of 1 to 64 visible characters")
        }
        return id
    }
}

/// The loan as the wire has it.
struct WireLoan: Codable {
    let loan: String
    let width: Int
    let height: Int
    let x: Int
    let y: Int
    let source: UInt64
    let target: UInt64

    init(_ loan: CanvasLoan) {
        self.loan = loan.id
        width = loan.image.width
        height = loan.image.height
        x = loan.x
        y = loan.y
        source = loan.source
        target = loan.target
    }

    /// - Parameter pixels: the size of the task's pixels.
    func checked(_ pixels: PixelSize) throws(WireError) -> CanvasLoan {
        let image = try WirePixels.size(width: width, height: height)
        // No overflow: sides are at most 2^20.
        guard x >= 0, y >= 0, x < image.width, y < image.height, x + pixels.width <= image.width,
            y + pixels.height <= image.height
        else { throw WireError(.badValue, "\(pixels) pixels at (\(x), \(y)) are not inside the \(image) canvas") }
        return CanvasLoan(
            id: try CanvasLoan.checkID(loan), image: image, x: x, y: y, source: source, target: target)
    }
}
