import Testing

@testable import TileCore

@Suite struct CanvasTests {
    @Test(arguments: PixelFormat.everyFormat) func pastedPixelsAreCutOut(format: PixelFormat) throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: 61)
        let image = PixelBuffer.random(width: 131, height: 77, format, using: &generator)
        let canvas = try Canvas.create(path: folder.file("canvas"), size: image.size, format: format)
        let grid = TileGrid(image: image.size, tileSize: 32)
        for index in (0..<grid.count).shuffled(using: &generator) {
            canvas.paste(image.copy(grid[index]), at: grid[index])
        }
        let isWhole = canvas.withPixels { $0.hasSamePixels(as: image) }
        #expect(isWhole)
        for index in 0..<grid.count {
            let region = grid[index].expanded(by: 9, within: image.size)
            let isPart = canvas.cut(region).hasSamePixels(as: image.copy(region))
            #expect(isPart, "\(region)")
        }
        let rows = canvas.withPixels(rows: 5..<9) { PlainImage($0) }
        #expect(rows == PlainImage(image.copy(TileRegion(x: 0, y: 5, width: 131, height: 4))))
    }

    @Test func aNewCanvasIsAllZerosAndAsLongAsItsImage() throws {
        let folder = try TemporaryFolder()
        let canvas = try Canvas.create(
            path: folder.file("canvas"), size: PixelSize(width: 33, height: 5), format: .bgr(.sixteen))
        #expect(try folder.bytes(of: "canvas") == Array(repeating: 0, count: 33 * 5 * 6))
        #expect(canvas.cut(TileRegion(x: 32, y: 4, width: 1, height: 1)).byteCount == 6)
    }

    /// The larger width gives more bytes than are written at once.
    @Test(arguments: [1, 60_000]) func clearedRowsAreZerosAndOthersStay(width: Int) throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: 64)
        let image = PixelBuffer.random(width: width, height: 60, .bgr(.eight), using: &generator)
        let canvas = try Canvas.create(path: folder.file("canvas"), size: image.size, format: image.format)
        canvas.paste(image, at: TileRegion(whole: image.size))
        try canvas.clear(rows: 20..<57)
        try canvas.clear(rows: 30..<30)
        let (rowBytes, before) = (width * 3, PlainBytes(image).bytes)
        let expected =
            before[..<(20 * rowBytes)] + [UInt8](repeating: 0, count: 37 * rowBytes) + before[(57 * rowBytes)...]
        #expect(canvas.withPixels { PlainBytes($0).bytes } == Array(expected))
    }

    /// The file has the pixels row by row. A restarted master relies on that.
    @Test func reopenedCanvasHasItsPixels() throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: 62)
        let image = PixelBuffer.random(width: 40, height: 30, .bgr(.eight), using: &generator)
        let path = folder.file("canvas")
        do {
            let canvas = try Canvas.create(path: path, size: image.size, format: image.format)
            canvas.paste(image, at: TileRegion(whole: image.size))
        }
        #expect(try folder.bytes(of: "canvas") == PlainBytes(image).bytes)
        let again = try Canvas.open(path: path, size: image.size, format: image.format)
        let isSame = again.withPixels { $0.hasSamePixels(as: image) }
        #expect(isSame)
        // Creating the canvas again clears the file.
        let fresh = try Canvas.create(path: path, size: image.size, format: image.format)
        #expect(fresh.withPixels { PlainBytes($0).bytes.allSatisfy { $0 == 0 } })
    }

    @Test func aCanvasMovesWithItsPixels() throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: 63)
        let image = PixelBuffer.random(width: 12, height: 9, .gray(.eight), using: &generator)
        let first = try Canvas.create(path: folder.file("first"), size: image.size, format: image.format)
        let moved = try first.move(to: folder.file("second"))
        moved.paste(image, at: TileRegion(whole: image.size))
        #expect(try folder.contents() == ["second"])
        #expect(try folder.bytes(of: "second") == PlainBytes(image).bytes)
        #expect(throws: ImagingError.self) { try first.move(to: folder.file("third")) }
    }

    @Test func twoMappingsOfOneFileShareTheirPixels() throws {
        let folder = try TemporaryFolder()
        let size = PixelSize(width: 8, height: 8)
        let one = try Canvas.create(path: folder.file("canvas"), size: size, format: .gray(.eight))
        let other = try Canvas.open(path: folder.file("canvas"), size: size, format: .gray(.eight))
        var generator = SeededGenerator(seed: 64)
        let image = PixelBuffer.random(size, .gray(.eight), using: &generator)
        one.paste(image, at: TileRegion(whole: size))
        let isSame = other.withPixels { $0.hasSamePixels(as: image) }
        #expect(isSame)
    }

    /// Many tasks at once paste tiles that touch but do not overlap.
    @Test func tilesArePastedAtTheSameTime() async throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: 65)
        let size = PixelSize(width: 501, height: 403)
        let image = PixelBuffer.random(size, .bgr(.eight), using: &generator)
        let source = try Canvas.create(path: folder.file("source"), size: size, format: .bgr(.eight))
        source.paste(image, at: TileRegion(whole: size))
        let target = try Canvas.create(path: folder.file("target"), size: size, format: .bgr(.eight))
        // Odd sizes, so that neighbouring tiles share cache lines and pages.
        let grid = TileGrid(image: size, tileSize: 17)
        await withTaskGroup(of: Void.self) { group in
            for lane in 0..<8 {
                group.addTask {
                    for index in stride(from: lane, to: grid.count, by: 8) {
                        target.paste(source.cut(grid[index]), at: grid[index])
                    }
                }
            }
        }
        let isSame = target.withPixels { $0.hasSamePixels(as: image) }
        #expect(isSame)
    }
}
