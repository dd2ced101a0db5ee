import Testing

@testable import TileCodecs
@testable import TileCore

/// Files that are no images or are incomplete become errors. The reaction of each format to each kind of damage is
/// tested in `Tests/Codecs`.
@Suite struct DamagedImageTests {
    private func image() -> PixelBuffer {
        var generator = SeededGenerator(seed: 111)
        return PixelBuffer.random(width: 40, height: 30, .bgr(.eight), using: &generator)
    }

    @Test func filesThatAreNoImagesAreRefused() throws {
        let folder = try TemporaryFolder()
        for bytes in [[0], Array("not an image".utf8), Array(repeating: 0, count: 5000), []] as [[UInt8]] {
            try folder.write(bytes, to: "damaged")
            let error = #expect(throws: ImageFileError.self) { try ImageHeader.read(path: folder.file("damaged")) }
            #expect(error?.code == .notAnImage)
            #expect(error?.reason.contains(bytes.isEmpty ? "empty" : "not a PNG, JPEG") == true)
        }
        let error = #expect(throws: ImageFileError.self) { try ImageHeader.read(path: folder.file("none")) }
        #expect(error?.code == .inaccessible && error?.reason.contains("No such file") == true)
    }

    /// A truncated file gives an error, or still the whole image. It never gives other pixels.
    @Test(arguments: ImageFileFormat.allCases) func truncatedFilesAreRefused(file: ImageFileFormat) throws {
        let folder = try TemporaryFolder()
        let path = try folder.image(image(), as: file)
        let whole = PlainImage(try decoded(path))
        let bytes = try folder.bytes(of: "image.\(file.fileExtension)")
        var refused = 0
        let cuts = Array(stride(from: 1, to: bytes.count, by: max(1, bytes.count / 60)))
        for count in cuts {
            try folder.write(Array(bytes.prefix(count)), to: "damaged")
            do {
                let pixels = PlainImage(try decoded(folder.file("damaged")))
                #expect(pixels.firstDifference(from: whole) == nil, "cut at \(count)")
            } catch {
                refused += 1
            }
        }
        #expect(refused > cuts.count / 2)
    }

    @Test func theFirstDamagedRowIsNamed() throws {
        let folder = try TemporaryFolder()
        _ = try folder.image(image(), as: .bmp)
        try folder.write(Array(try folder.bytes(of: "image.bmp").dropLast(3 * 120)), to: "damaged")
        // BMP stores rows from the bottom up, so the top is missing.
        let error = #expect(throws: ImageFileError.self) { try ImageReader(path: folder.file("damaged")) }
        #expect(error?.code == .damaged && error?.row == 0)
        _ = try folder.image(image(), as: .png)
        try folder.write(Array(try folder.bytes(of: "image.png").prefix(2000)), to: "cut.png")
        let cut = #expect(throws: ImagingError.self) { _ = try decoded(folder.file("cut.png")) }
        #expect(cut?.code == .undecodable && cut?.reason.contains("row") == true)
    }
}
