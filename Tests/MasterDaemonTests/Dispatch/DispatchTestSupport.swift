import Foundation
import TileCore

@testable import MasterDaemon

/// A clock that only the test advances.
struct FakeClock {
    private(set) var now = ContinuousClock.now

    mutating func advance(_ duration: Duration) { now += duration }
}

extension PassGeometry {
    /// A row of `count` gray tiles of `side` × `side` pixels, without halo: each takes `side`² bytes.
    static func row(of count: Int, side: Int = 10) -> PassGeometry {
        PassGeometry(
            grid: TileGrid(image: PixelSize(width: count * side, height: side), tileSize: side), halo: 0,
            input: .gray(.eight), output: .gray(.eight))
    }
}

extension PassOrder {
    /// The first pass of a job over a row of gray tiles, with canvases in the folder. The source is complete.
    static func row(
        of tiles: Int, _ transforms: String = "invert", job: JobID = .make(), generation: Int = 1, in folder: TestFolder
    ) throws -> PassOrder {
        let geometry = PassGeometry.row(of: tiles)
        func canvas() throws -> Canvas {
            try Canvas.temporary(size: geometry.grid.image, format: .gray(.eight), in: folder.url.path)
        }
        return PassOrder(
            run: JobMachine.Run(job: job, generation: generation), pass: 0,
            pipeline: try Pipeline(parsing: transforms), geometry: geometry,
            source: ImageUnderWay(try canvas(), rows: geometry.grid.image.height), target: ImageUnderWay(try canvas()))
    }
}

extension PassPlan {
    init(_ transforms: String, width: Int, height: Int, _ format: PixelFormat, tileSize: Int) throws {
        try self.init(
            pipeline: Pipeline(parsing: transforms), size: PixelSize(width: width, height: height), format: format,
            tileSize: tileSize)
    }
}

extension TileResult {
    /// The result of a successful attempt.
    static func pixels(
        _ tile: TileID, attempt: Int = 1, size: PixelSize = PixelSize(width: 10, height: 10),
        format: PixelFormat = .gray(.eight), milliseconds: Double = 100
    ) -> TileResult {
        TileResult(
            tile: tile, attempt: attempt, worker: "worker-1", milliseconds: milliseconds,
            outcome: .pixels(size, format))
    }

    /// The result of a failed attempt.
    static func failure(_ tile: TileID, attempt: Int = 1, reason: String = "no memory") -> TileResult {
        TileResult(
            tile: tile, attempt: attempt, worker: "worker-1", milliseconds: 1, outcome: .failure(reason: reason))
    }
}

extension Scheduler {
    /// Ends all passes of a job.
    mutating func end(_ job: JobID) {
        for number in 0..<4 { end(PassID(job: job, number: number)) }
    }

    /// Sends tiles until the window is full.
    mutating func fill(now: ContinuousClock.Instant) -> [Dispatch] {
        var sent: [Dispatch] = []
        while let dispatch = sendNext(now: now) { sent.append(dispatch) }
        return sent
    }

    /// Sends a tile, and notes that the transport has it.
    mutating func sendNext(now: ContinuousClock.Instant) -> Dispatch? {
        guard let dispatch = next(now: now) else { return nil }
        handOver(dispatch, now: now)
        return dispatch
    }

    /// Receives a result with pixels, and writes it. Returns whether the pass is complete.
    mutating func complete(_ dispatch: Dispatch, milliseconds: Double = 100, now: ContinuousClock.Instant) -> Bool {
        let result = TileResult.pixels(dispatch.tile, attempt: dispatch.attempt, milliseconds: milliseconds)
        guard case .write = receive(result, now: now) else { return false }
        return finish(dispatch.tile)
    }
}
