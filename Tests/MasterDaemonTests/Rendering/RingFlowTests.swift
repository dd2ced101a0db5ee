import Testing
import TileCore

@testable import MasterDaemon

/// With the number of rows that `ImageStorage.leastRows` gives, every rendering ends, in whatever order its stages
/// proceed.
@Suite struct RingFlowTests {
    private func model(_ random: inout SeededGenerator, fewer: Int = 0) throws -> RingFlowModel {
        let steps = (0..<Int.random(in: 1...6, using: &random)).map { _ in
            Bool.random(using: &random) ? "invert" : "blur:ksize=\(2 * Int.random(in: 1...127, using: &random) + 1)"
        }
        let plan = try PassPlan(
            pipeline: Pipeline(parsing: steps.joined(separator: ",")),
            size: PixelSize(
                width: .random(in: 1...150, using: &random), height: .random(in: 1...1500, using: &random)),
            format: .gray(.eight), tileSize: .random(in: 20...64, using: &random),
            tileBytes: [1, 10_000, 1 << 20].randomElement(using: &random) ?? 1)
        return RingFlowModel(
            plan, band: .random(in: 1...100, using: &random), tilesInFlight: .random(in: 1...9, using: &random),
            fewer: fewer)
    }

    @Test(arguments: 0..<300 as Range<UInt64>) func everyRenderingEnds(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var model = try model(&random)
        let isDone = model.run(using: &random)
        #expect(isDone)
    }

    /// The minimum is not too high: with two rows less, some renderings stop in the middle.
    @Test func someRenderingsStopWithFewerRows() throws {
        var stopped = 0
        for seed in 0..<100 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var model = try model(&random, fewer: 2)
            if !model.run(using: &random) { stopped += 1 }
        }
        #expect(stopped > 0)
    }
}
