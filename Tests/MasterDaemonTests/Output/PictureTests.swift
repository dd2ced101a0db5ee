import Foundation
import NIOCore
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

@Suite struct PictureTests {
    private let size = PixelSize(width: 100, height: 60)

    private func query(_ x: Int, _ y: Int, _ width: Int?, _ height: Int?) -> RegionQuery {
        RegionQuery(x: x, y: y, width: width, height: height)
    }

    @Test func regionWithoutASizeReachesToTheEdge() throws {
        #expect(try query(0, 0, nil, nil).region(in: size) == TileRegion(whole: size))
        #expect(try query(90, 10, nil, 5).region(in: size) == TileRegion(x: 90, y: 10, width: 10, height: 5))
        #expect(try query(99, 59, 1, 1).region(in: size) == TileRegion(x: 99, y: 59, width: 1, height: 1))
    }

    @Test(arguments: [
        (100, 0, nil, nil), (0, 60, nil, nil), (0, 0, 101, nil), (50, 0, 51, 1), (0, 59, 1, 2), (-1, 0, 1, 1),
    ])
    func regionOutsideTheImageIsRefused(x: Int, y: Int, width: Int?, height: Int?) {
        #expect(throws: ServiceError.self) { try query(x, y, width, height).region(in: size) }
    }

    private func canvas(_ format: PixelFormat, in folder: TestFolder) throws -> Canvas {
        let canvas = try Canvas.create(path: folder.url.appending(path: "c").path, size: size, format: format)
        var value = UInt8(0)
        let bytes = (0..<PixelBuffer.byteCount(size: size, format: format)).map { _ in
            value &+= 7
            return value
        }
        canvas.paste(
            PixelBuffer(adopting: OwnedBytes(copying: bytes), size: size, format: format), at: TileRegion(whole: size))
        return canvas
    }

    /// A PNG file of an unscaled region has exactly the image's samples.
    @Test(arguments: [PixelFormat.gray(.eight), .bgr(.eight), .bgra(.eight)])
    func pngOfARegionIsExact(format: PixelFormat) throws {
        let folder = try TestFolder()
        let canvas = try canvas(format, in: folder)
        let region = TileRegion(x: 13, y: 7, width: 40, height: 30)
        let view = try Picture(of: canvas, region, RegionQuery(encoding: .png))
        let path = folder.url.appending(path: "v.png").path
        try Data(view.file.readableBytesView).write(to: URL(filePath: path))
        let header = try ImageHeader.read(path: path)
        #expect((header.size, header.pixelFormat) == (region.size, format))
        let decoded = try Canvas.create(
            path: folder.url.appending(path: "d").path, size: header.size, format: header.pixelFormat)
        try decoded.fill(from: ImageReader(path: path))
        let isSame = decoded.cut(TileRegion(whole: region.size)).hasSamePixels(as: canvas.cut(region))
        #expect(isSame)
    }

    @Test func largeRegionsAreReducedAndSmallOnesNotEnlarged() throws {
        let folder = try TestFolder()
        let canvas = try canvas(.bgr(.sixteen), in: folder)
        for (side, expected) in [(50, PixelSize(width: 50, height: 30)), (1000, size)] {
            let view = try Picture(of: canvas, TileRegion(whole: size), RegionQuery(side: side, encoding: .png))
            let path = folder.url.appending(path: "v.png").path
            try Data(view.file.readableBytesView).write(to: URL(filePath: path))
            #expect(try ImageHeader.read(path: path).size == expected)
        }
    }

    @Test func alphaIsKeptUnlessJPEGIsRequested() throws {
        let folder = try TestFolder()
        let (plain, alpha) = (try canvas(.bgr(.eight), in: folder), try canvas(.bgra(.eight), in: folder))
        let whole = TileRegion(whole: size)
        #expect(try Picture(of: plain, whole, RegionQuery()).encoding == .jpeg)
        #expect(try Picture(of: alpha, whole, RegionQuery()).encoding == .png)
        #expect(
            try Picture(of: alpha, whole, RegionQuery(encoding: .jpeg)).file.readableBytesView.starts(with: [
                0xFF, 0xD8,
            ]))
    }
}
