import Foundation
import Testing
import TileCore

extension SystemTests.SmallTiles {
    /// Every kind of pixels through the whole system.
    @Suite struct PixelKindTests {
        @Test(
            arguments: [PixelFormat.gray(.eight), .bgra(.eight), .gray(.sixteen), .bgr(.sixteen), .bgra(.sixteen)],
            ["sepia,blur:ksize=9,invert", "grayscale,threshold"])
        func pngOfEachKindIsRight(_ format: PixelFormat, _ transforms: String) async throws {
            let master = try SharedMaster.master
            let source = try TestImage.file(200, 150, format)
            let job = try await master.submit(source, transforms: transforms)
            #expect(job.source.channels == format.channels && job.source.depth == format.depth.rawValue)
            #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: transforms))
        }

        @Test(arguments: [UInt8(8), 16]) func grayWithAlphaIsRight(_ depth: UInt8) async throws {
            let master = try SharedMaster.master
            var numbers = NumberSequence(seed: 5)
            let rows = (0..<100).map { _ in
                (0..<(110 * 2 * Int(depth) / 8)).map { _ in UInt8(numbers.next(below: 256)) }
            }
            let source = PNGFile.file(width: 110, color: .grayAlpha, depth: depth, rows: rows)
            let job = try await master.submit(source, transforms: "blur:ksize=5,brightness")
            #expect(job.source.channels == 4 && job.source.depth == Int(depth))
            #expect(
                try await master.completed(job) == WholeImage.result(of: source, transforms: "blur:ksize=5,brightness"))
        }

        @Test(arguments: ImageFileFormat.allCases) func everyFileFormatIsRight(_ format: ImageFileFormat) async throws {
            let master = try SharedMaster.master
            let source = try TestImage.file(200, 150, as: format)
            let job = try await master.submit(source, transforms: "emboss")
            #expect(job.source.format == format.rawValue && job.format == format.rawValue)
            #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: "emboss"))
        }
    }
}
