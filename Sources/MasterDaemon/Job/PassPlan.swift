import TileCore

/// How a job's pipeline is cut into passes over the whole image.
///
/// A tile is sent with its pipeline's halo, which is the sum of the halos of all steps: 32 blurs of 255 px would need
/// 4064 px on each side. So a pipeline with too large tiles is done in several passes. Each pass writes a whole image that
/// the next one reads. Every pass is exact, so their sequence is exact, too.
struct PassPlan: Sendable {
    struct Pass: Sendable {
        let pipeline: Pipeline
        let geometry: PassGeometry
    }

    let grid: TileGrid
    let passes: [Pass]
    /// The format of the finished image.
    let output: PixelFormat

    /// - Parameter tileBytes: the limit of a pass's largest tile, in bytes. A pass takes another step only if its tiles
    ///   stay within the limit. A single step may exceed it: even the step with the largest halo, with tiles of 1024 px in
    ///   16-bit BGRA, fits into a record.
    init(
        pipeline: Pipeline, size: PixelSize, format: PixelFormat, tileSize: Int,
        tileBytes: Int = EmbeddedBroker.partitionBytes
    ) throws(TransformError) {
        let grid = TileGrid(image: size, tileSize: tileSize)
        var passes: [Pass] = []
        var steps: [PipelineStep] = []
        var input = format
        for step in pipeline.steps {
            let longer = try Pipeline(steps + [step])
            if !steps.isEmpty, Self.largestTile(grid, halo: longer.halo(input.depth), format: input) > tileBytes {
                let pass = try Self.pass(grid, steps, input)
                passes.append(pass)
                input = pass.geometry.output
                steps = [step]
            } else {
                steps.append(step)
            }
        }
        passes.append(try Self.pass(grid, steps, input))
        self.grid = grid
        self.passes = passes
        output = try pipeline.output(for: format)
    }

    var tileCount: Int { passes.count * grid.count }

    /// The format of the pixels that a pass reads. If `pass` is the number of passes, the format of the finished image.
    func format(before pass: Int) -> PixelFormat { pass < passes.count ? passes[pass].geometry.input : output }

    /// The largest size of the canvases that exist at a time, in bytes: the source and the target of one pass.
    var canvasBytes: Int {
        let pixels = passes.map { $0.geometry.input.bytesPerPixel + $0.geometry.output.bytesPerPixel }
        return grid.image.area * (pixels.max() ?? 0)
    }

    private static func largestTile(_ grid: TileGrid, halo: Int, format: PixelFormat) -> Int {
        let width = min(grid.tileSize + 2 * halo, grid.image.width)
        let height = min(grid.tileSize + 2 * halo, grid.image.height)
        return width * height * format.bytesPerPixel
    }

    private static func pass(_ grid: TileGrid, _ steps: [PipelineStep], _ input: PixelFormat) throws(TransformError)
        -> Pass
    {
        let pipeline = try Pipeline(steps)
        return Pass(
            pipeline: pipeline,
            geometry: PassGeometry(
                grid: grid, halo: pipeline.halo(input.depth), input: input, output: try pipeline.output(for: input)))
    }
}

extension PassPlan {
    /// Canvases can be resumed only within the same era: after the same boot of the machine, and with the same steps in
    /// each pass. Another release may cut the pipeline elsewhere.
    var era: String { "\(BootID.current) \(passes.map { String($0.pipeline.steps.count) }.joined(separator: "+"))" }
}

/// The positions and sizes of a pass's tiles.
struct PassGeometry: Sendable, Hashable {
    let grid: TileGrid
    let halo: Int
    let input: PixelFormat
    let output: PixelFormat

    /// The region that tile `index` is made from, including its halo.
    func source(_ index: Int) -> TileRegion { source(index..<index + 1) }

    /// The region that adjacent tiles of a row are made from, including the halo.
    func source(_ tiles: Range<Int>) -> TileRegion { grid[tiles].expanded(by: halo, within: grid.image) }

    /// How many rows of the source, from the top, the tile needs.
    func rowsNeeded(_ index: Int) -> Int { source(index).y + source(index).height }

    /// How many rows of the target, from the top, have to be writable for the tile.
    func writableRowsNeeded(_ index: Int) -> Int { grid[index].y + grid[index].height }

    /// How many rows of the source, from the top, no tile needs any more once `rows` rows of the target are complete.
    func rowsDone(completing rows: Int) -> Int { rows == grid.image.height ? rows : max(0, rows - halo) }

    /// How many bytes of a partition's capacity the tile takes: the payload of its task or of its result, whichever is
    /// larger.
    func bytes(_ index: Int) -> Int {
        max(
            PixelBuffer.byteCount(size: source(index).size, format: input),
            PixelBuffer.byteCount(size: grid[index].size, format: output))
    }
}
