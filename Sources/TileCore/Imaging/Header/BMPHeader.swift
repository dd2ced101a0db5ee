/// Reads BMP: OS/2's BITMAPCOREHEADER and the BITMAPINFOHEADER family (Windows GDI, "Bitmap Header Types").
struct BMPHeader {
    private let pixelOffset: Int
    private let headerSize: Int
    private let width: Int
    private let height: Int
    private let bitsPerPixel: Int
    private let compression: Compression
    /// Bytes of compressed pixels as the header has it; 0 when it leaves that open.
    private let imageBytes: Int
    private let paletteCount: Int

    private enum Compression: Int {
        case none = 0
        case rle8 = 1
        case rle4 = 2
        case bitFields = 3
    }

    private static let fileHeaderSize = 14
    private static let coreHeaderSize = 12

    static func read(_ file: inout FileBytes) throws(ImageHeaderError) -> ImageHeader {
        let header = try BMPHeader(&file)
        let pixelFormat = try header.pixelFormat(&file)
        let image = try ImageHeader(
            .bmp, storedWidth: header.width, height: header.height, pixelFormat: pixelFormat)
        try header.checkPixels(&file)
        return image
    }

    private init(_ file: inout FileBytes) throws(ImageHeaderError) {
        pixelOffset = try file.uint32(at: 10, .little)
        headerSize = try file.uint32(at: 14, .little)
        guard [Self.coreHeaderSize, 40, 52, 56, 64, 108, 124].contains(headerSize) else {
            throw .damaged("the file begins like a BMP file, but no BMP header has \(headerSize) bytes")
        }
        if headerSize == Self.coreHeaderSize {
            width = try file.uint16(at: 18, .little)
            height = try file.uint16(at: 20, .little)
            bitsPerPixel = try file.uint16(at: 24, .little)
            compression = .none
            imageBytes = 0
            paletteCount = bitsPerPixel <= 8 ? 1 << bitsPerPixel : 0
        } else {
            width = Int(Int32(truncatingIfNeeded: try file.uint32(at: 18, .little)))
            // Rows go from the bottom up; a negative height says from the top down.
            height = abs(Int(Int32(truncatingIfNeeded: try file.uint32(at: 22, .little))))
            bitsPerPixel = try file.uint16(at: 28, .little)
            let code = try file.uint32(at: 30, .little)
            guard let compression = Compression(rawValue: code) else {
                throw .unsupported("the BMP file's compression (number \(code)) cannot be decoded")
            }
            self.compression = compression
            imageBytes = try file.uint32(at: 34, .little)
            let used = try file.uint32(at: 46, .little)
            paletteCount = bitsPerPixel > 8 ? 0 : used == 0 ? 1 << bitsPerPixel : used
        }
        guard pixelOffset >= Self.fileHeaderSize + headerSize else {
            throw .damaged("the BMP file says its pixels begin at byte \(pixelOffset), inside the header")
        }
    }

    private func pixelFormat(_ file: inout FileBytes) throws(ImageHeaderError) -> PixelFormat {
        switch (bitsPerPixel, compression) {
        case (1, .none), (4, .none), (8, .none), (4, .rle4), (8, .rle8):
            return try hasColorfulPalette(&file) ? .bgr(.eight) : .gray(.eight)
        case (24, .none) where headerSize > Self.coreHeaderSize, (32, .none) where headerSize > Self.coreHeaderSize:
            return .bgr(.eight)
        case (32, .bitFields) where headerSize >= 56 && headerSize != 64:
            try checkMasks32(&file)
            return .bgra(.eight)
        case (32, .bitFields):
            throw .unsupported(
                "the 32-bit BMP file has color masks but none for alpha, and decoding would take the unused byte for it; "
                    + "save it with 24 bits")
        case (16, .none), (16, .bitFields):
            throw .unsupported(
                "decoding a 16-bit BMP file makes its colors darker, since their 5 or 6 bits are not scaled to 8; "
                    + "save it with 24 bits")
        case (24, .none), (32, .none):
            throw .unsupported("the BMP file has an OS/2 header, with which decoding turns colors into gray")
        default:
            throw .unsupported(
                "a BMP file of \(bitsPerPixel) bits a pixel with compression number \(compression.rawValue) "
                    + "cannot be decoded")
        }
    }

    /// OpenCV takes a palette for gray when blue, green and red are equal in all of the entries that the bits can
    /// name. Entries that the file leaves out are black.
    private func hasColorfulPalette(_ file: inout FileBytes) throws(ImageHeaderError) -> Bool {
        guard paletteCount <= 256 else { throw .damaged("the BMP palette has \(paletteCount) entries") }
        let isCore = headerSize == Self.coreHeaderSize
        let entrySize = isCore ? 3 : 4
        let entries = try file.bytes(
            at: Self.fileHeaderSize + headerSize, count: paletteCount * entrySize, of: "its palette")
        let isColorful = (0..<min(paletteCount, 1 << bitsPerPixel)).contains { index in
            let entry = entries[(index * entrySize)...]
            return entry.first != entry.dropFirst().first || entry.first != entry.dropFirst(2).first
        }
        guard !(isCore && isColorful) else {
            throw .unsupported("the BMP file has an OS/2 header, with which decoding turns a color palette into gray")
        }
        return isColorful
    }

    /// Color masks of any other width are decoded without scaling to 8 bits.
    private func checkMasks32(_ file: inout FileBytes) throws(ImageHeaderError) {
        let bytes = try file.bytes(at: 54, count: 16, of: "its color masks")
        let masks = (0..<4).map { UInt32(truncatingIfNeeded: bytes[(4 * $0)..<(4 * $0 + 4)].integer(.little)) }
        let isByte = { (mask: UInt32) in [0xFF, 0xFF00, 0xFF_0000, 0xFF00_0000].contains(mask) }
        let isDistinct = masks.reduce(0, |).nonzeroBitCount == masks.map(\.nonzeroBitCount).reduce(0, +)
        guard masks[..<3].allSatisfy(isByte), isByte(masks[3]) || masks[3] == 0, isDistinct else {
            throw .unsupported("the 32-bit BMP file's color masks are not whole bytes")
        }
    }

    /// Rows are padded to four bytes. OpenCV wants the last row's padding as well.
    private func checkPixels(_ file: inout FileBytes) throws(ImageHeaderError) {
        switch compression {
        case .none, .bitFields:
            let rowBytes = (width * bitsPerPixel + 31) / 32 * 4
            try file.require(rowBytes * height, at: pixelOffset, for: "its pixels")
        case .rle8, .rle4:
            try file.require(imageBytes, at: pixelOffset, for: "its pixels")
            var walk = BMPRunLength(width: width, height: height, isFourBit: compression == .rle4)
            try walk.check(from: pixelOffset, in: &file)
        }
    }
}
