/// The header of a task record: the order to transform a tile. The payload has the pixels, unless a canvas is lent.
public struct TileTask: Sendable, Hashable {
    public let tile: TileID
    /// The number of the attempt, from 1.
    public let attempt: Int
    /// The size of the pixels, including the halo.
    public let size: PixelSize
    public let format: PixelFormat
    /// The region to return, relative to the top left corner of the pixels.
    public let inner: TileRegion
    public let pipeline: Pipeline
    /// The topic that takes the result.
    public let replyTo: String
    /// Where the pixels are; `nil` if they are the payload.
    public let loan: CanvasLoan?

    /// The indices of the tiles that the pixels are made of.
    public var indices: Range<Int> { tile.index..<tile.index + (loan?.tiles ?? 1) }

    public init(
        tile: TileID, attempt: Int, size: PixelSize, format: PixelFormat, inner: TileRegion, pipeline: Pipeline,
        replyTo: String, loan: CanvasLoan? = nil
    ) {
        self.tile = tile
        self.attempt = attempt
        self.size = size
        self.format = format
        self.inner = inner
        self.pipeline = pipeline
        self.replyTo = replyTo
        self.loan = loan
    }

    /// The name of the record header with the description of a task or a result.
    public static let headerName = WireHeader.name
    /// The name of a header for padding. A result without pixels repeats the padding of its task.
    public static let fillerName = "filler"

    /// All headers for the record.
    /// - Parameter filler: the padding for a task without pixels; `nil` for none.
    public func headers(filler: [UInt8]?) -> [KafkaHeader] { WireHeader.all(header, filler: filler) }

    /// The header for the record.
    public var header: KafkaHeader {
        KafkaHeader(
            WireHeader.name,
            WireHeader.encode(
                Fields(
                    v: WireHeader.version, job: tile.job, pass: tile.pass, tile: tile.index, attempt: attempt,
                    pixels: WirePixels(size: size, format: format),
                    inner: Fields.Inner(x: inner.x, y: inner.y, width: inner.width, height: inner.height),
                    transforms: pipeline.description, reply_to: replyTo, canvas: loan.map(WireLoan.init))))
    }

    /// Parses a header, and checks it for consistency and against the payload's size.
    public init(header: [UInt8]?, payloadCount: Int) throws(WireError) {
        let fields = try WireHeader.decode(Fields.self, from: header)
        tile = try TileTask.tile(fields.job, pass: fields.pass, index: fields.tile)
        attempt = try TileTask.attempt(fields.attempt)
        (size, format) = try fields.pixels.checked(payload: payloadCount, isElsewhere: fields.canvas != nil)
        loan = try fields.canvas?.checked(size)
        let inner = fields.inner
        guard inner.x >= 0, inner.y >= 0, inner.x < size.width, inner.y < size.height else {
            throw WireError(.badValue, "inner starts at (\(inner.x), \(inner.y)), outside the \(size) pixels")
        }
        self.inner = TileRegion(
            x: inner.x, y: inner.y, size: try WirePixels.size(width: inner.width, height: inner.height))
        guard TileRegion(whole: size).contains(self.inner) else {
            throw WireError(.badValue, "inner, \(self.inner), ends outside the \(size) pixels")
        }
        do {
            pipeline = try Pipeline(parsing: fields.transforms)
            _ = try pipeline.output(for: format)
        } catch {
            throw WireError(error.code == .unknownTransform ? .unknownStep : .badTransforms, error.reason)
        }
        replyTo = try Self.topic(fields.reply_to)
    }

    /// Checks that a number is not negative and fits into 32 bits.
    static func index(_ value: Int, _ name: String) throws(WireError) -> Int {
        guard (0...Int(Int32.max)).contains(value) else { throw WireError(.badValue, "\(name) is \(value)") }
        return value
    }

    /// The tile of a header's fields.
    static func tile(_ job: JobID, pass: Int, index: Int) throws(WireError) -> TileID {
        TileID(job: job, pass: try self.index(pass, "pass"), index: try self.index(index, "tile"))
    }

    static func topic(_ replyTo: String) throws(WireError) -> String {
        guard KafkaLimits.isTopicName(replyTo) else { throw WireError(.badValue, "reply_to is no topic name") }
        return replyTo
    }

    static func attempt(_ value: Int) throws(WireError) -> Int {
        guard value > 0 else { throw WireError(.badValue, "attempt is \(value); the first is 1") }
        return try index(value, "attempt")
    }

    private struct Fields: Codable {
        let v: Int
        let job: JobID
        let pass: Int
        let tile: Int
        let attempt: Int
        let pixels: WirePixels
        let inner: Inner
        let transforms: String
        let reply_to: String
        let canvas: WireLoan?

        struct Inner: Codable {
            let x: Int
            let y: Int
            let width: Int
            let height: Int
        }
    }
}
