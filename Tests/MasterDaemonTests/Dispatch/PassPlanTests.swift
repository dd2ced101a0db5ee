import Testing
import TileCore

@testable import MasterDaemon

@Suite struct PassPlanTests {
    @Test func aPipelineWithSmallHalosIsOnePass() throws {
        let plan = try PassPlan(
            "grayscale,blur:ksize=31,sharpen", width: 4000, height: 3000, .bgr(.eight), tileSize: 512)
        #expect(plan.passes.count == 1)
        #expect(plan.passes.map(\.pipeline.description) == ["grayscale,blur:ksize=31,sharpen"])
        #expect(plan.output == .gray(.eight))
        #expect(plan.tileCount == 48)
        #expect(plan.passes.first?.geometry.halo == 15)
    }

    @Test func manyWideStepsAreSeveralPasses() throws {
        let text = Array(repeating: "blur:ksize=255", count: 32).joined(separator: ",")
        let plan = try PassPlan(text, width: 20_000, height: 20_000, .bgra(.sixteen), tileSize: 512)
        #expect(plan.passes.count > 1)
        #expect(plan.tileCount == plan.passes.count * 1600)
        #expect(plan.passes.map(\.pipeline.description).joined(separator: ",") == text)
    }

    @Test func aSmallImageHasNoHaloToTravel() throws {
        let text = Array(repeating: "blur:ksize=255", count: 32).joined(separator: ",")
        let plan = try PassPlan(text, width: 600, height: 500, .gray(.eight), tileSize: 64)
        #expect(plan.passes.count == 1)
    }

    @Test func everyPassReadsWhatTheOneBeforeWrote() throws {
        let text = "blur:ksize=255,blur:ksize=255,grayscale,blur:ksize=255,blur:ksize=255,invert"
        let plan = try PassPlan(text, width: 5000, height: 5000, .bgr(.sixteen), tileSize: 512)
        #expect(plan.passes.count > 1)
        #expect(plan.passes.first?.geometry.input == .bgr(.sixteen))
        for (earlier, later) in zip(plan.passes, plan.passes.dropFirst()) {
            #expect(earlier.geometry.output == later.geometry.input)
        }
        #expect(plan.passes.last?.geometry.output == plan.output)
        #expect(plan.output == .gray(.sixteen))
    }

    @Test func stepsThatDoNotTakeTheImageAreRefused() {
        #expect(throws: TransformError.self) {
            try PassPlan("median:ksize=31", width: 100, height: 100, .bgr(.sixteen), tileSize: 64)
        }
        #expect(throws: TransformError.self) {
            try PassPlan("invert,invert,median:ksize=31", width: 5000, height: 5000, .bgr(.sixteen), tileSize: 1024)
        }
    }

    @Test func aTileTakesTheLargerOfItsTaskAndItsResult() {
        let grid = TileGrid(image: PixelSize(width: 100, height: 50), tileSize: 64)
        let halo = PassGeometry(grid: grid, halo: 10, input: .gray(.eight), output: .gray(.eight))
        #expect(halo.source(0) == TileRegion(x: 0, y: 0, width: 74, height: 50))
        #expect(halo.bytes(0) == 74 * 50)
        #expect(halo.source(1) == TileRegion(x: 54, y: 0, width: 46, height: 50))
        let wide = PassGeometry(grid: grid, halo: 0, input: .gray(.eight), output: .bgra(.sixteen))
        #expect(wide.bytes(1) == 36 * 50 * 8)
    }

    // MARK: Properties

    private static let formats = SampleDepth.allCases.flatMap { [PixelFormat.gray($0), .bgr($0), .bgra($0)] }

    /// Bytes for the headers of a record. The pipeline's text is the largest of them.
    private static let headerBytes = 64 << 10

    private func randomText(_ random: inout SeededGenerator) -> String {
        let steps = ["blur:ksize=255", "blur:ksize=99", "median:ksize=5", "invert", "grayscale", "edges", "sharpen"]
        return (0..<Int.random(in: 1...Pipeline.maximumSteps, using: &random)).compactMap { _ in
            steps.randomElement(using: &random)
        }.joined(separator: ",")
    }

    @Test(arguments: formats) func noTaskIsTooLargeForARecord(format: PixelFormat) throws {
        var random = SeededGenerator(seed: UInt64(format.bytesPerPixel))
        for tileSize in [64, 100, 256, 512, 1000, 1024] {
            for _ in 0..<10 {
                let text = randomText(&random)
                let plan = try PassPlan(text, width: 6000, height: 5000, format, tileSize: tileSize)
                for pass in plan.passes {
                    let largest = (0..<plan.grid.count).map(pass.geometry.bytes).max() ?? 0
                    #expect(largest + Self.headerBytes < KafkaLimits.recordBytes, "\(text) in tiles of \(tileSize)")
                    #expect(pass.pipeline.steps.count == 1 || largest <= EmbeddedBroker.partitionBytes)
                }
            }
        }
    }

    @Test(arguments: formats) func thePassesTogetherAreThePipeline(format: PixelFormat) throws {
        var random = SeededGenerator(seed: UInt64(format.bytesPerPixel) + 100)
        for _ in 0..<30 {
            let text = randomText(&random)
            let plan = try PassPlan(text, width: 6000, height: 5000, format, tileSize: 512)
            #expect(plan.passes.map(\.pipeline.description).joined(separator: ",") == text)
            #expect(plan.output == (try Pipeline(parsing: text).output(for: format)))
            #expect(plan.passes.last?.geometry.output == plan.output)
        }
    }

    /// Tries each transform with its widest halo, in the largest tiles of every pixel format.
    @Test func everySingleStepFitsARecord() throws {
        for descriptor in TransformCatalogue.descriptors {
            let widest = descriptor.parameters.filter { $0.kind == .odd }.map {
                "\($0.name)=\(Int($0.range.upperBound))"
            }
            let text = ([descriptor.name] + widest).joined(separator: ":")
            for format in Self.formats where (try? Pipeline(parsing: text).output(for: format)) != nil {
                let plan = try PassPlan(
                    text, width: 4096, height: 4096, format, tileSize: TileGrid.tileSizes.upperBound)
                let geometry = try #require(plan.passes.first).geometry
                let largest = (0..<plan.grid.count).map(geometry.bytes).max() ?? 0
                #expect(largest + Self.headerBytes < KafkaLimits.recordBytes, "\(text), \(format)")
            }
        }
    }

    @Test func tiledInPassesEqualsWhole() throws {
        let size = PixelSize(width: 150, height: 130)
        var random = SeededGenerator(seed: 9)
        let bytes = (0..<(size.area * 3)).map { _ in UInt8.random(in: 0...255, using: &random) }
        let image = PixelBuffer(adopting: OwnedBytes(copying: bytes), size: size, format: .bgr(.eight))
        let pipeline = try Pipeline(parsing: "blur:ksize=21,sharpen,median:ksize=7,grayscale,blur:ksize=9,emboss")
        let plan = try PassPlan(
            pipeline: pipeline, size: size, format: .bgr(.eight), tileSize: 64, tileBytes: 20_000)
        #expect(plan.passes.count > 1)
        var current = image.copy(TileRegion(whole: size))
        for pass in plan.passes {
            var next = PixelBuffer(size: size, format: pass.geometry.output)
            for index in 0..<plan.grid.count {
                let source = pass.geometry.source(index)
                let tile = try pass.pipeline.apply(
                    to: current.copy(source), inner: plan.grid[index].relative(to: source))
                next.paste(tile, from: TileRegion(whole: tile.size), at: plan.grid[index])
            }
            current = next
        }
        let whole = try pipeline.apply(to: image, inner: TileRegion(whole: size))
        let isSame = current.hasSamePixels(as: whole)
        #expect(isSame)
    }
}
