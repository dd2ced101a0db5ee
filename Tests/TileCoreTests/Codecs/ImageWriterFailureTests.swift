import Testing

@testable import TileCodecs
@testable import TileCore

/// An image that cannot be written is an error with a reason, never an incomplete file.
@Suite struct ImageWriterFailureTests {
    private func refusal(
        _ file: ImageFileFormat, _ format: PixelFormat, _ size: PixelSize = PixelSize(width: 8, height: 8)
    ) throws -> ImagingError {
        let folder = try TemporaryFolder()
        let error = try #require(
            #expect(throws: ImagingError.self) {
                _ = try ImageWriter(
                    path: folder.file("image.\(file.fileExtension)"), size: size, format: format,
                    encoding: OutputEncoding(fileFormat: file))
            })
        #expect(error.code == .unencodable)
        #expect(try folder.contents() == [])
        return error
    }

    @Test(arguments: ImageFileFormat.allCases) func unsupportedPixelFormatsAreRefused(file: ImageFileFormat) throws {
        for format in PixelFormat.everyFormat where !file.canHold(format) {
            let reason = try refusal(file, format).reason
            #expect(reason.contains(file.name) && reason.contains(format.description), "\(reason)")
        }
    }

    @Test func tooLongSidesAreRefused() throws {
        #expect(try refusal(.webp, .bgr(.eight), PixelSize(width: 16_384, height: 1)).reason.contains("16383"))
        #expect(try refusal(.webp, .bgr(.eight), PixelSize(width: 1, height: 16_384)).reason.contains("16383"))
        #expect(try refusal(.jpeg, .gray(.eight), PixelSize(width: 65_501, height: 1)).reason.contains("65500"))
    }

    @Test(arguments: ImageFileFormat.allCases) func theLongestSideCanBeWritten(file: ImageFileFormat) throws {
        let folder = try TemporaryFolder()
        let size = PixelSize(width: min(file.maximumSide, 65_500), height: 1)
        var generator = SeededGenerator(seed: 101)
        let image = PixelBuffer.random(size, .bgr(.eight), using: &generator)
        let back = try decoded(folder.image(image, as: file))
        #expect(back.size == size)
    }

    @Test(arguments: ImageFileFormat.allCases) func missingFolderIsAnError(file: ImageFileFormat) throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: 102)
        let image = PixelBuffer.random(width: 8, height: 8, .gray(.eight), using: &generator)
        let error = try #require(
            #expect(throws: ImagingError.self) { try folder.image(image, as: file, name: "none/image") })
        #expect(error.code == .unencodable && !error.isDiskFull)
        #expect(error.reason.contains("No such file"), "\(error.reason)")
    }

    /// The error comes even if only a few bytes do not fit. The last bytes of a file are written when it is closed.
    @Test(
        .enabled(if: TinyDisk.isPossible, "only root can mount a file system"),
        arguments: ImageFileFormat.allCases, [40, 100])
    func aFullDiskIsAnError(file: ImageFileFormat, side: Int) throws {
        var generator = SeededGenerator(seed: 103)
        let image = PixelBuffer.random(width: side, height: side, .bgr(.eight), using: &generator)
        let folder = try TemporaryFolder()
        _ = try folder.image(image, as: file)
        let needed = (try folder.length(of: "image.\(file.fileExtension)") + 4095) / 4096
        for pages in Set([0, 1, needed / 2, needed - 1]) where pages < needed {
            let disk = try TinyDisk()
            try disk.leave(pages * 4096)
            // TIFF files are written to when they are opened.
            let error = #expect(throws: (any Error).self, "\(pages) of \(needed) pages are free") {
                let writer = try ImageWriter(
                    path: disk.file("image.\(file.fileExtension)"), size: image.size, format: image.format,
                    encoding: OutputEncoding(fileFormat: file))
                try writer.write(image)
                try writer.finish()
            }
            let isDiskFull =
                (error as? ImageFileError)?.code == .diskFull || (error as? ImagingError)?.isDiskFull == true
            #expect(isDiskFull, "\(String(describing: error))")
        }
    }
}
