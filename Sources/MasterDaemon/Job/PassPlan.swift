import TileCore

/// How a job's pipeline is cut into passes over the whole image.
///
/// A tile travels with its pipeline's halo, and the halos of all steps add up: 32 blurs of 255 px would need 4064 px
/// on each side. So a pipeline whose tiles would outgrow a partition's share is done in several passes, each a whole
/// image that the next one reads. Every pass is exact, so their sequence is.
struct PassPlan: Sendable {
    struct Pass: Sendable {
        let pipeline: Pipeline
        let geometry: PassGeometry
    }

    let grid: TileGrid
    let passes: [Pass]
    /// The format of the finished image.
    let output: PixelFormat

    /// - Parameter tileBytes: a pass takes one more step only while its largest tile stays below this. A single step
    ///   is a pass whatever its halo: the widest, with tiles of 1024 px in 16-bit BGRA, still fits a record.
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

    /// The pixels that a pass reads; for the number of passes, those of the finished image.
    func format(before pass: Int) -> PixelFormat { pass < passes.count ? passes[pass].geometry.input : output }

    /// The most that canvases take at a time: what a pass reads and what it writes.
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
    /// In which canvases are believed: this time since the machine was started, while passes are of as many steps. An
    /// other release may cut the pipeline elsewhere.
    var era: String { "\(BootID.current) \(passes.map { String($0.pipeline.steps.count) }.joined(separator: "+"))" }
}

/// Where the tiles of a pass lie and how large they are.
struct PassGeometry: Sendable, Hashable {
    let grid: TileGrid
    let halo: Int
    let input: PixelFormat
    let output: PixelFormat

    /// The pixels that tile `index` is made from.
    func source(_ index: Int) -> TileRegion { grid[index].expanded(by: halo, within: grid.image) }

    /// How many rows of the source, from the top, the tile needs.
    func rowsNeeded(_ index: Int) -> Int { source(index).y + source(index).height }

    /// How many rows of the target, from the top, have to be writable for the tile.
    func writableRowsNeeded(_ index: Int) -> Int { grid[index].y + grid[index].height }

    /// How many rows of the source, from the top, no tile needs any more once so many rows of the target are complete.
    func rowsDone(completing rows: Int) -> Int { rows == grid.image.height ? rows : max(0, rows - halo) }

    /// Payload bytes of the tile's task or its result, whichever is larger: what it takes of a partition.
    func bytes(_ index: Int) -> Int {
        max(
            PixelBuffer.byteCount(size: source(index).size, format: input),
            PixelBuffer.byteCount(size: grid[index].size, format: output))
    }
}
