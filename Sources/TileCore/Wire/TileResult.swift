/// The header of a result record. The payload has the pixels, unless they were written into a canvas.
public struct TileResult: Sendable, Hashable {
    public enum Outcome: Sendable, Hashable {
        case pixels(PixelSize, PixelFormat)
        /// The pixels are in the target canvas of the task's loan; the payload is empty.
        case written(PixelSize, PixelFormat)
        /// The worker cannot open the lent canvases, and needs the pixels in the record; the payload is empty.
        case unreachable(reason: String)
        /// The tile could not be transformed; the payload is empty.
        case failure(reason: String)
    }

    public let tile: TileID
    public let attempt: Int
    /// The id of the worker that answers.
    public let worker: String
    /// The time of the transform in milliseconds; 0 if the worker tells none or one that is out of range.
    public let milliseconds: Double
    /// The processor time of the transform in milliseconds; 0 if the worker tells none or one that is out of range.
    public let cpuMilliseconds: Double
    public let outcome: Outcome
    /// What the answer repeats of the task's loan; `nil` if there was none. Earlier releases repeat it only if the pixels
    /// were written.
    public let loan: Loan?

    public struct Loan: Sendable, Hashable {
        /// `CanvasLoan.id`.
        public let id: String
        /// `CanvasLoan.tiles`; `nil` from earlier releases.
        public let tiles: Int?

        public init(id: String, tiles: Int?) {
            self.id = id
            self.tiles = tiles
        }
    }

    /// The maximum time of a transform in milliseconds: a day.
    public static let longestTime = 86_400_000.0

    public init(
        tile: TileID, attempt: Int, worker: String, milliseconds: Double, cpuMilliseconds: Double = 0,
        outcome: Outcome, loan: Loan? = nil
    ) {
        self.tile = tile
        self.attempt = attempt
        self.worker = worker
        self.milliseconds = milliseconds
        self.cpuMilliseconds = cpuMilliseconds
        self.outcome = outcome
        self.loan = loan
    }

    /// All headers for the record.
    /// - Parameter filler: the task's filler, if the result has no pixels.
    public func headers(filler: [UInt8]?) -> [KafkaHeader] { WireHeader.all(header, filler: filler) }

    public var header: KafkaHeader {
        var pixels: WirePixels?
        var status = Fields.Status.ok
        var reason: String?
        switch outcome {
        case .pixels(let size, let format), .written(let size, let format):
            pixels = WirePixels(size: size, format: format)
        case .unreachable(let text): (status, reason) = (.unreachable, WireHeader.reason(text))
        case .failure(let text): (status, reason) = (.failed, WireHeader.reason(text))
        }
        return KafkaHeader(
            WireHeader.name,
            WireHeader.encode(
                Fields(
                    v: WireHeader.version, job: tile.job, pass: tile.pass, tile: tile.index, attempt: attempt,
                    worker: worker, ms: milliseconds, cpuMS: cpuMilliseconds == 0 ? nil : cpuMilliseconds,
                    status: status, pixels: pixels, canvas: loan?.id, tiles: loan?.tiles, reason: reason)))
    }

    /// Parses a header and checks it against the payload's size.
    public init(header: [UInt8]?, payloadCount: Int) throws(WireError) {
        let fields = try WireHeader.decode(Fields.self, from: header)
        tile = try TileTask.tile(fields.job, pass: fields.pass, index: fields.tile)
        attempt = try TileTask.attempt(fields.attempt)
        guard WorkerID.isValid(fields.worker) else {
            throw WireError(.badValue, "worker is no worker id; \(WorkerID.rule)")
        }
        worker = fields.worker
        milliseconds = Self.time(fields.ms)
        cpuMilliseconds = Self.time(fields.cpuMS)
        loan = try fields.canvas.map { id throws(WireError) in
            Loan(id: try CanvasLoan.checkID(id), tiles: try fields.tiles.map(CanvasLoan.checkTiles))
        }
        switch fields.status {
        case .ok:
            guard let pixels = fields.pixels else { throw WireError(.malformedHeader, "'pixels' is missing") }
            let (size, format) = try pixels.checked(payload: payloadCount, isElsewhere: fields.canvas != nil)
            outcome = loan == nil ? .pixels(size, format) : .written(size, format)
        case .unreachable:
            outcome = .unreachable(reason: WireHeader.reason(fields.reason ?? "the worker gave no reason"))
        case .failed:
            outcome = .failure(reason: WireHeader.reason(fields.reason ?? "the worker gave no reason"))
        }
    }

    /// A time from the header. A time that is out of range counts as missing, because the pixels are still valid.
    private static func time(_ milliseconds: Double?) -> Double {
        guard let milliseconds, (0...longestTime).contains(milliseconds) else { return 0 }
        return milliseconds
    }

    private struct Fields: Codable {
        let v: Int
        let job: JobID
        let pass: Int
        let tile: Int
        let attempt: Int
        let worker: String
        let ms: Double?
        let cpuMS: Double?
        let status: Status
        let pixels: WirePixels?
        let canvas: String?
        let tiles: Int?
        let reason: String?

        enum Status: String, Codable { case ok, failed, unreachable }

        enum CodingKeys: String, CodingKey {
            case v, job, pass, tile, attempt, worker, ms, status, pixels, canvas, tiles, reason
            case cpuMS = "cpu_ms"
        }
    }
}
