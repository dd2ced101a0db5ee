import Testing

@testable import TileCore

/// A canvas that cannot be made or opened is an error with a reason, and no file remains.
@Suite struct CanvasFailureTests {
    private let size = PixelSize(width: 16, height: 16)

    private func refusal(_ body: () throws -> Canvas) throws -> ImagingError {
        let error = try #require(#expect(throws: ImagingError.self) { _ = try body() })
        #expect(error.code == .canvas)
        return error
    }

    @Test func aFileOfAnotherSizeIsNotOpened() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("canvas")
        for count in [0, 1, 255, 257, 768] {
            try folder.write(Array(repeating: 7, count: count), to: "canvas")
            let error = try refusal { try Canvas.open(path: path, size: size, format: .gray(.eight)) }
            #expect(error.reason.contains(path) && error.reason.contains("256"), "\(error.reason)")
            #expect(try folder.length(of: "canvas") == count)
        }
        try folder.write(Array(repeating: 7, count: 256), to: "canvas")
        let canvas = try Canvas.open(path: path, size: size, format: .gray(.eight))
        #expect(canvas.withPixels { PlainBytes($0).bytes.allSatisfy { $0 == 7 } })
        _ = try refusal { try Canvas.open(path: path, size: size, format: .gray(.sixteen)) }
    }

    @Test func aMissingFileIsNotOpened() throws {
        let folder = try TemporaryFolder()
        let error = try refusal { try Canvas.open(path: folder.file("none"), size: size, format: .gray(.eight)) }
        #expect(error.reason.contains(folder.file("none")) && error.reason.contains("No such file"), "\(error.reason)")
        #expect(try folder.contents() == [])
    }

    @Test func folderIsNotOpenedAsCanvas() throws {
        let folder = try TemporaryFolder()
        _ = try refusal { try Canvas.create(path: folder.path, size: size, format: .gray(.eight)) }
        _ = try refusal { try Canvas.create(path: folder.file("none/canvas"), size: size, format: .gray(.eight)) }
        _ = try refusal { try Canvas.open(path: folder.path, size: size, format: .gray(.eight)) }
        #expect(try folder.contents() == [])
    }

    @Test(.enabled(if: TinyDisk.isPossible, "only root can mount a file system"))
    func aFullDiskIsAnErrorBeforeTheFirstPixel() throws {
        let disk = try TinyDisk()
        let path = disk.file("canvas")
        let error = try refusal {
            try Canvas.create(path: path, size: PixelSize(width: 300, height: 300), format: .gray(.eight))
        }
        #expect(error.reason.contains(path) && error.reason.contains("90000 bytes"), "\(error.reason)")
        // Freeing space would not help.
        #expect(error.reason.contains("the whole disk has no more than \(TinyDisk.bytes)"), "\(error.reason)")
        #expect(!error.isDiskFull)
        #expect(try disk.contents() == [])
        // The space is free again, so a canvas that fits can be made.
        let fits = PixelSize(width: 200, height: 200)
        let canvas = try Canvas.create(path: path, size: fits, format: .gray(.eight))
        #expect(canvas.withPixels { $0.size } == fits)
        let second = try refusal { try Canvas.create(path: disk.file("next"), size: fits, format: .gray(.eight)) }
        #expect(second.reason.contains("No space left on device") && second.isDiskFull, "\(second.reason)")
        #expect(try disk.contents() == ["canvas"])
    }
}
