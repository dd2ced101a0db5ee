import Foundation
import Testing

@testable import TileCodecs
@testable import TileCore

@Suite struct UnnamedCanvasTests {
    private let size = PixelSize(width: 64, height: 48)

    private func image(_ seed: UInt64) -> PixelBuffer {
        var generator = SeededGenerator(seed: seed)
        return .random(width: size.width, height: size.height, .bgr(.eight), using: &generator)
    }

    @Test func itHoldsPixelsAndLeavesNoFile() throws {
        let folder = try TemporaryFolder()
        let canvas = try Canvas.unnamed(in: folder.path, size: size, format: .bgr(.eight))
        #expect(try folder.contents().isEmpty)
        #expect(canvas.withPixels { PlainBytes($0).bytes.allSatisfy { $0 == 0 } })
        canvas.paste(image(1), at: TileRegion(whole: size))
        let isSame = canvas.cut(TileRegion(whole: size)).hasSamePixels(as: image(1))
        #expect(isSame)
        #expect(canvas.path.isEmpty)
        #expect(throws: ImagingError.self) { try canvas.move(to: folder.file("named")) }
        #expect(try folder.contents().isEmpty)
    }

    /// If all canvases used one name, one of them would truncate the file under another's mapping: a bus error.
    @Test func anyNumberCanBeMadeAtOnceInAFolder() async throws {
        let folder = try TemporaryFolder()
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<8 {
                group.addTask {
                    (0..<200).allSatisfy { _ in
                        let canvas = try? Canvas.unnamed(in: folder.path, size: size, format: .bgr(.eight))
                        canvas?.paste(image(UInt64(number)), at: TileRegion(whole: size))
                        return canvas?.cut(TileRegion(whole: size)).hasSamePixels(as: image(UInt64(number))) ?? false
                    }
                }
            }
            for await isSame in group { #expect(isSame) }
        }
    }

    /// If the kernel cannot make a file without a name, its name is removed at once.
    @Test func unlinkedFileIsEmptyAndHasNoName() throws {
        let folder = try TemporaryFolder()
        let descriptor = try UnnamedFile.openAndUnlink(in: folder.path.utf8)
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        #expect(try folder.contents().isEmpty)
        try file.write(contentsOf: Data([1, 2, 3]))
        try file.seek(toOffset: 0)
        #expect(try file.readToEnd() == Data([1, 2, 3]))
    }

    @Test func missingFolderIsAnError() throws {
        let folder = try TemporaryFolder()
        let error = try #require(
            #expect(throws: ImagingError.self) {
                try Canvas.unnamed(in: folder.file("none"), size: size, format: .gray(.eight))
            })
        #expect(error.code == .canvas && error.reason.contains("none") && error.reason.contains("No such file"))
        #expect(throws: UnnamedFile.Failure.self) { _ = try UnnamedFile.openAndUnlink(in: folder.file("none").utf8) }
    }

    @Test(.enabled(if: TinyDisk.isPossible, "only root can mount")) func fullDiskIsAnError() throws {
        let disk = try TinyDisk()
        try disk.leave(8192)
        let error = try #require(
            #expect(throws: ImagingError.self) {
                try Canvas.unnamed(in: disk.path, size: PixelSize(width: 64, height: 192), format: .gray(.eight))
            })
        #expect(error.isDiskFull)
        // The space of the failed canvas is free again.
        _ = try Canvas.unnamed(in: disk.path, size: PixelSize(width: 64, height: 64), format: .gray(.eight))
    }

    @Test func aCancelledFillReadsNoMoreStrips() throws {
        let folder = try TemporaryFolder()
        try Data(image(3).png()).write(to: URL(filePath: folder.file("image.png")))
        let header = try ImageHeader.read(path: folder.file("image.png"))
        let canvas = try Canvas.unnamed(in: folder.path, size: size, format: header.pixelFormat)
        let stopped = try ImageReader(path: folder.file("image.png"))
        #expect(try !canvas.fill(from: stopped, until: { true }))
        #expect(canvas.withPixels { PlainBytes($0).bytes.allSatisfy { $0 == 0 } })
        #expect(try canvas.fill(from: ImageReader(path: folder.file("image.png"))))
        #expect(canvas.withPixels { !PlainBytes($0).bytes.allSatisfy { $0 == 0 } })
    }
}
