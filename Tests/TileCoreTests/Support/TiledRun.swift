@testable import TileCore

/// The path of an image through the master and the workers, without a broker: cut, describe, read, transform, describe,
/// read, paste.
struct TiledRun {
    let pipeline: Pipeline
    let tileSize: Int

    /// The result, composed of tiles on a canvas, and the number of tiles.
    func apply(to image: borrowing PixelBuffer, in folder: TemporaryFolder) throws -> (canvas: Canvas, tiles: Int) {
        let size = image.size
        let grid = TileGrid(image: size, tileSize: tileSize)
        let source = try Canvas.create(path: folder.file("source"), size: size, format: image.format)
        source.paste(image, at: TileRegion(whole: size))
        let result = try Canvas.create(
            path: folder.file("result"), size: size, format: try pipeline.output(for: image.format))
        let job = JobID.make()
        for index in 0..<grid.count {
            let wide = grid[index].expanded(by: pipeline.halo(image.format.depth), within: size)
            let task = TileTask(
                tile: TileID(job: job, pass: 0, index: index), attempt: 1, size: wide.size, format: image.format,
                inner: grid[index].relative(to: wide), pipeline: pipeline, replyTo: "results")
            let answer = try Self.work(header: task.header.value, payload: source.cut(wide).takeBytes())
            try Self.collect(answer, onto: result, in: grid)
        }
        return (result, grid.count)
    }

    private struct Answer: ~Copyable {
        let header: [UInt8]
        let payload: OwnedBytes
    }

    /// Does what the worker does, with nothing but the record.
    private static func work(header: [UInt8], payload: borrowing OwnedBytes) throws -> Answer {
        let task = try TileTask(header: header, payloadCount: payload.count)
        let pixels = try payload.withBytes { bytes in
            try PixelBuffer.withView(of: bytes, size: task.size, format: task.format) { view in
                try task.pipeline.apply(to: view, inner: task.inner)
            }
        }
        let result = TileResult(
            tile: task.tile, attempt: task.attempt, worker: "worker-1", milliseconds: 1.5,
            outcome: .pixels(pixels.size, pixels.format))
        return Answer(header: result.header.value, payload: pixels.takeBytes())
    }

    /// Does what the master does. The record gives the tile's index, and the grid its region.
    private static func collect(_ answer: borrowing Answer, onto canvas: Canvas, in grid: TileGrid) throws {
        let result = try TileResult(header: answer.header, payloadCount: answer.payload.count)
        guard case .pixels(let size, let format) = result.outcome, format == canvas.format else {
            throw UnexpectedAnswer(result: result)
        }
        answer.payload.withBytes { bytes in
            PixelBuffer.withView(of: bytes, size: size, format: format) { view in
                canvas.paste(view, at: grid[result.tile.index])
            }
        }
    }

    struct UnexpectedAnswer: Error { let result: TileResult }
}
