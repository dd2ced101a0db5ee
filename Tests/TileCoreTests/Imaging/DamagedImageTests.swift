import Testing

@testable import TileCore

/// Files that are not what their header says, or not whole.
@Suite struct DamagedImageTests {
    private func image(_ format: PixelFormat = .bgr(.eight)) -> PixelBuffer {
        var generator = SeededGenerator(seed: 111)
        return PixelBuffer.random(width: 40, height: 30, format, using: &generator)
    }

    /// Decodes the bytes with the header of the whole file, as if they had been cut after the upload was checked.
    private func refusal(_ bytes: [UInt8], _ header: ImageHeader, in folder: TemporaryFolder) throws -> ImagingError {
        try folder.write(bytes, to: "damaged")
        let error = try #require(
            #expect(throws: ImagingError.self) {
                let reader = try OpenCVImageReader(path: folder.file("damaged"), header: header)
                var buffer = PixelBuffer(size: header.size, format: header.pixelFormat)
                try reader.read(rows: 0..<header.size.height, into: &buffer)
            })
        #expect(error.code == .undecodable)
        return error
    }

    @Test(arguments: ImageFileFormat.allCases) func noImageAtAll(file: ImageFileFormat) throws {
        let folder = try TemporaryFolder()
        let header = try ImageHeader.read(path: folder.image(image(), as: file))
        for bytes in [[0], Array("not an image".utf8), Array(repeating: 0, count: 5000)] as [[UInt8]] {
            let reason = try refusal(bytes, header, in: folder).reason
            #expect(reason.contains(file.rawValue), "\(reason)")
        }
        let reason = try refusal([], header, in: folder).reason
        #expect(reason.contains("empty"))
    }

    @Test func noFileAtAll() throws {
        let folder = try TemporaryFolder()
        let header = try ImageHeader.read(path: folder.image(image(), as: .png))
        let error = try #require(
            #expect(throws: ImagingError.self) { try OpenCVImageReader(path: folder.file("none"), header: header) })
        #expect(error.reason.contains("No such file"))
    }

    /// The header of one image and the pixels of another: nothing is written past the buffer.
    @Test(arguments: ImageFileFormat.allCases) func anotherImageThanTheHeaderSays(file: ImageFileFormat) throws {
        let folder = try TemporaryFolder()
        let header = try ImageHeader.read(path: folder.image(image(), as: file))
        var generator = SeededGenerator(seed: 112)
        for (width, height, format) in [
            (400, 300, PixelFormat.bgr(.eight)), (30, 40, .bgr(.eight)), (1, 1, .bgr(.eight)),
        ] {
            let other = PixelBuffer.random(width: width, height: height, format, using: &generator)
            _ = try folder.image(other, as: file, name: "other")
            let bytes = try folder.bytes(of: "other.\(file.fileExtension)")
            #expect(try refusal(bytes, header, in: folder).reason.contains("another size or type"))
        }
        let deep = PixelBuffer.random(width: 40, height: 30, .bgr(.sixteen), using: &generator)
        _ = try folder.image(deep, as: .png, name: "deep")
        #expect(try refusal(folder.bytes(of: "deep.png"), header, in: folder).reason.contains("another size or type"))
    }

    /// Cut anywhere, a file is an error or, where its codec fills up what is missing, an image; never a crash.
    @Test(arguments: ImageFileFormat.allCases) func cutFilesDoNoHarm(file: ImageFileFormat) throws {
        let folder = try TemporaryFolder()
        let path = try folder.image(image(), as: file)
        let header = try ImageHeader.read(path: path)
        let bytes = try folder.bytes(of: "image.\(file.fileExtension)")
        var refused = 0
        for count in stride(from: 1, to: bytes.count, by: max(1, bytes.count / 60)) {
            try folder.write(Array(bytes.prefix(count)), to: "damaged")
            let reader = try OpenCVImageReader(path: folder.file("damaged"), header: header)
            var buffer = PixelBuffer(size: header.size, format: header.pixelFormat)
            do { try reader.read(rows: 0..<30, into: &buffer) } catch { refused += 1 }
        }
        #expect(refused > 0)
    }
}
