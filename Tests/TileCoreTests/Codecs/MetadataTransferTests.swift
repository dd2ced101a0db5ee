import Testing

@testable import TileCodecs
@testable import TileCore

/// Which metadata each format gets, and the notes about the rest. The contents of edited blocks are tested in
/// `Tests/Codecs`.
@Suite struct MetadataTransferTests {
    private let size = PixelSize(width: 40, height: 30)

    private func header(_ format: PixelFormat = .bgr(.eight)) throws -> ImageHeader {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: 7)
        return try ImageHeader.read(
            path: folder.image(PixelBuffer.random(size, format, using: &generator), as: .png))
    }

    private func transfer(
        _ blocks: [ImageMetadata.Block], _ policy: MetadataPolicy = .keep, into target: ImageFileFormat,
        isGray: Bool = false, density: ImageMetadata.Density? = nil
    ) throws -> MetadataTransfer {
        var metadata = ImageMetadata()
        metadata.blocks = blocks
        metadata.density = density
        return MetadataTransfer(metadata, of: try header(), policy: policy, into: target, size: size, isGray: isGray)
    }

    private static func chunk(_ name: String, _ bytes: [UInt8]) -> ImageMetadata.Block {
        ImageMetadata.Block(.pngChunk(name.utf8.reduce(0) { $0 << 8 | UInt32($1) }), bytes)
    }

    /// Big-endian, with orientation 6 only.
    private static let exif = ImageMetadata.Block(
        .exif,
        [0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0])

    @Test func textIsKeptInPNGAndNotedElsewhere() throws {
        let text = Self.chunk("tEXt", Array("Title".utf8) + [0] + Array("A hill".utf8))
        #expect(try transfer([text], into: .png).result.blocks == [text])
        let lost = try transfer([text], into: .jpeg)
        #expect(lost.result.blocks.isEmpty && lost.notes == ["text was left out (Title): JPEG has no place for it"])
        let stripped = try transfer([text], .strip, into: .png)
        #expect(stripped.result.blocks.isEmpty && stripped.notes.isEmpty)
    }

    @Test func lossOfAnUnusualGammaIsNoted() throws {
        let linear = Self.chunk("gAMA", [0, 1, 0x86, 0xA0])
        #expect(try transfer([linear], .strip, into: .png).result.blocks == [linear])
        #expect(try transfer([linear], into: .tiff).notes.first?.contains("gAMA") == true)
        // Every program writes 45455 for sRGB.
        #expect(try transfer([Self.chunk("gAMA", [0, 0, 0xB1, 0x8F])], into: .tiff).notes.isEmpty)
        #expect(try transfer([Self.chunk("sRGB", [0])], into: .webp).notes.isEmpty)
    }

    /// Big-endian: an Exif directory with ColorSpace 2, by which some cameras declare Adobe RGB.
    private static let adobe = ImageMetadata.Block(
        .exif,
        [0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8]
            + [0, 1, 0x87, 0x69, 0, 4, 0, 0, 0, 1, 0, 0, 0, 26, 0, 0, 0, 0]
            + [0, 1, 0xA0, 0x01, 0, 3, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0])

    @Test(arguments: ImageFileFormat.allCases, MetadataPolicy.allCases)
    func lossOfAdobeRGBInEXIFIsNoted(target: ImageFileFormat, policy: MetadataPolicy) throws {
        let notes = try transfer([Self.adobe], policy, into: target).notes
        let isLost = target == .bmp || policy == .strip
        #expect(notes.contains { $0.contains("colors are Adobe RGB") } == isLost)
    }

    @Test(arguments: ImageFileFormat.allCases) func exifIsKeptIfTheFormatCanHoldIt(target: ImageFileFormat) throws {
        let transfer = try transfer([Self.exif], into: target)
        if target == .bmp {
            #expect(transfer.notes == ["the EXIF data was left out: BMP has no place for it"])
        } else {
            let kinds = transfer.result.blocks.map(\.kind)
            #expect(kinds == [.exif] && transfer.notes.isEmpty)
        }
        #expect(try self.transfer([Self.exif], .strip, into: target).result.blocks.isEmpty)
    }

    @Test func unreadableBlocksAreNoted() throws {
        let broken = ImageMetadata.Block(.exif, [1, 2, 3])
        #expect(try transfer([broken], into: .jpeg).notes.first?.contains("EXIF") == true)
        let noProfile = ImageMetadata.Block(.icc, [1, 2, 3])
        #expect(try transfer([noProfile], into: .jpeg).notes.first?.contains("profile") == true)
    }

    @Test func geoTIFFFieldsAreKeptInTIFFOnly() throws {
        let scale = ImageMetadata.Block(.tiffField(33_550, type: 12), [UInt8](repeating: 1, count: 24))
        #expect(try transfer([scale], into: .tiff).result.blocks == [scale])
        #expect(try transfer([scale], into: .png).notes == ["the GeoTIFF data was left out: PNG has no place for it"])
    }

    @Test func privateDropsPositions() throws {
        let scale = ImageMetadata.Block(.tiffField(33_550, type: 12), [UInt8](repeating: 1, count: 24))
        let noData = ImageMetadata.Block(.tiffField(42_113, type: 2), Array("0".utf8) + [0])
        let transfer = try transfer([scale, noData], .private, into: .tiff)
        #expect(transfer.result.blocks == [noData] && transfer.notes.isEmpty)
        let position = Self.chunk("tEXt", Array("exif:GPSLatitude".utf8) + [0] + Array("48/1".utf8))
        #expect(try self.transfer([position], into: .png).result.blocks == [position])
        #expect(try self.transfer([position], .private, into: .png).result.blocks.isEmpty)
    }

    @Test(arguments: ["GPSLatitude", "Serial Number", "Raw profile type generic", "exif:Make", "Location"])
    func privateDropsPrivateTexts(keyword: String) throws {
        let text = Self.chunk("tEXt", Array(keyword.utf8) + [0] + Array("48".utf8))
        #expect(try transfer([text], into: .png).result.blocks == [text])
        #expect(try transfer([text], .private, into: .png).result.blocks.isEmpty)
    }

    @Test(arguments: ImageFileFormat.allCases) func pixelAspectIsKeptOrNoted(target: ImageFileFormat) throws {
        let wide = ImageMetadata.Density(x: 2, y: 1, unit: .none)
        let transfer = try transfer([], into: target, density: wide)
        switch target {
        case .bmp: #expect(transfer.notes == ["the pixel aspect of 2:1 was left out: BMP has no place for it"])
        case .webp: #expect(densityInEXIF(transfer) == wide && transfer.notes.isEmpty)
        case .jpeg, .png, .tiff: #expect(transfer.result.density == wide && transfer.notes.isEmpty)
        }
        let square = ImageMetadata.Density(x: 1, y: 1, unit: .none)
        #expect(try self.transfer([], into: target, density: square).notes.isEmpty)
    }

    @Test func lossOfTheModificationTimeIsNoted() throws {
        let time = Self.chunk("tIME", [7, 228, 1, 2, 3, 4, 5])
        let transfer = try transfer([time], into: .png)
        #expect(transfer.result.blocks.isEmpty && transfer.notes.first?.contains("tIME") == true)
        #expect(try self.transfer([time], .strip, into: .png).notes.isEmpty)
    }

    @Test func resolutionIsKeptOrNoted() throws {
        let density = ImageMetadata.Density(x: 600, y: 600, unit: .inch)
        #expect(try transfer([], into: .jpeg, density: density).result.density == density)
        #expect(try transfer([], .strip, into: .jpeg, density: density).result.density == nil)
    }

    private func densityInEXIF(_ transfer: MetadataTransfer) -> ImageMetadata.Density? {
        transfer.result.blocks.first { $0.kind == .exif }.flatMap { MetadataEditing.density(ofEXIF: $0.bytes) }
    }

    @Test(arguments: [[], [exif]]) func resolutionIsWrittenIntoEXIFForWebP(blocks: [ImageMetadata.Block]) throws {
        let density = ImageMetadata.Density(x: 600, y: 300, unit: .inch)
        let transfer = try transfer(blocks, into: .webp, density: density)
        #expect(densityInEXIF(transfer) == density && transfer.notes.isEmpty)
        let again = try self.transfer(transfer.result.blocks, into: .webp, density: density)
        #expect(again.result.blocks == transfer.result.blocks && again.notes.isEmpty)
        let other = ImageMetadata.Density(x: 118.11, y: 118.11, unit: .centimetre)
        let changed = try self.transfer(transfer.result.blocks, into: .webp, density: other)
        #expect(densityInEXIF(changed) == other)
        let note = "the resolution of 300 dpi took the place of the resolution of 600×300 dpi in the EXIF data"
        #expect(changed.notes == [note])
        #expect(try self.transfer(blocks, .strip, into: .webp, density: density).result.blocks.isEmpty)
    }
}
