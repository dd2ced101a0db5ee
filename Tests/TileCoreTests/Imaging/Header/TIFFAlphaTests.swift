import Foundation
import Testing

@testable import TileCore

/// The alpha of 8-bit RGBA images: every sample comes out as it is stored, whatever kind of alpha the file says it is.
@Suite struct TIFFAlphaTests {
    static let straight = [
        "rgba8-straight-le.tif", "rgba8-straight-be-lzw.tif", "rgba8-straight-le-big-planar.tif",
        "rgba8-straight-be-big-tile.tif",
    ]

    /// What the files were made of: alpha goes from 0 to 255 from left to right.
    static let content = PlainImage(
        width: 19, height: 6, format: .bgra(.eight), samples: Array(repeating: 0, count: 19 * 6 * 4)
    ).making { x, y, channel in [7 * x + 20 * y, 51 * y, 255 - 13 * x, min(255, 15 * x)][channel] }

    @Test(arguments: straight + ["rgba8-associated-le.tif"]) func samplesAreTheStoredOnes(_ file: String) throws {
        let image = PlainImage(try decoded(HeaderFixtures.url(of: file).path))
        #expect(image.firstDifference(from: Self.content) == nil)
    }

    @Test(arguments: straight) func theFileStaysAsItIs(_ name: String) throws {
        let bytes = try HeaderFixtures.bytes(of: name)
        let file = try HeaderFile(bytes)
        let patch = try #require(try file.header.get().alphaPatch)
        #expect(bytes[patch] == 2)
        _ = try decoded(file.path)
        #expect(try file.bytes() == bytes)
    }

    /// ExtraSamples of another type than SHORT are decoded as well.
    @Test(arguments: [3, 4], [0, 1, 2]) func kinds(_ type: Int, _ kind: Int) throws {
        let file = try HeaderFile(Self.builder(ExtraSamples(type: type, values: [kind])).file)
        #expect((try file.header.get().alphaPatch != nil) == (kind == 2))
        let samples = PlainImage(try decoded(file.path)).samples
        #expect(samples == Array(repeating: [3, 2, 1, 4], count: 15).flatMap { $0 })
    }

    @Test(arguments: [[3], [999], [0xFFFF], [2, 0]]) func unknownKinds(_ kinds: [Int]) throws {
        #expect(try header(of: Self.builder(ExtraSamples(type: 3, values: kinds)).file).code == .damaged)
    }

    /// OpenCV reads samples of 16 bits itself and multiplies nothing; without the tag there is nothing to change.
    @Test func whereNothingIsChanged() throws {
        var deep = Self.builder(ExtraSamples(type: 3, values: [2]))
        deep.entries[258] = TIFFBuilder.Entry(type: 3, values: [16])
        deep.pixels += deep.pixels
        deep.entries[279] = TIFFBuilder.Entry(type: 4, values: [deep.pixels.count])
        let header = try header(of: deep.file).get()
        #expect(header.alphaPatch == nil)
        #expect(header.pixelFormat == .bgra(.sixteen))
        var untold = Self.builder(ExtraSamples(type: 3, values: [2]))
        untold.entries[338] = nil
        #expect(try HeaderFile(untold.file).header.get().alphaPatch == nil)
    }

    /// The byte to change is beyond the end of a file that was cut after its header was read.
    @Test func fileThatShrinks() throws {
        let file = try HeaderFile(HeaderFixtures.bytes(of: Self.straight[0]))
        let header = try file.header.get()
        try file.truncate(to: try #require(header.alphaPatch))
        let error = #expect(throws: ImagingError.self) { try OpenCVImageReader(path: file.path, header: header) }
        #expect(error?.code == .undecodable)
    }

    private typealias ExtraSamples = TIFFBuilder.Entry

    /// 5×3 pixels of red 1, green 2, blue 3 and a fourth sample of 4.
    private static func builder(_ extraSamples: ExtraSamples) -> TIFFBuilder {
        var builder = TIFFBuilder()
        builder.pixels = Array(repeating: [1, 2, 3, 4], count: 15).flatMap { $0 }
        builder.entries[262] = TIFFBuilder.Entry(type: 3, values: [2])
        builder.entries[277] = TIFFBuilder.Entry(type: 3, values: [4])
        builder.entries[279] = TIFFBuilder.Entry(type: 4, values: [builder.pixels.count])
        builder.entries[338] = extraSamples
        return builder
    }
}
