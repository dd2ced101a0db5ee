/// Reads PNG: the chunks from IHDR to IEND, skipping the pixels (PNG specification, third edition, section 5).
///
/// Chunks that libpng ignores with a warning are ignored here too, or the prediction would be wrong for such files.
struct PNGHeader {
    private let width: Int
    private let height: Int
    private let bitDepth: Int
    private let color: Color
    private var paletteCount: Int?
    private var hasTransparency = false
    private var hasImageData = false

    private enum Color: UInt8 {
        case gray = 0
        case rgb = 2
        case palette = 3
        case grayAlpha = 4
        case rgbAlpha = 6

        /// PNG specification, table 8.
        var bitDepths: [Int] {
            switch self {
            case .gray: [1, 2, 4, 8, 16]
            case .palette: [1, 2, 4, 8]
            case .rgb, .grayAlpha, .rgbAlpha: [8, 16]
            }
        }
    }

    /// libpng's default limit for a side (`PNG_USER_WIDTH_MAX`), in pixels.
    private static let maximumSide = 1_000_000

    static func read(_ file: inout FileBytes) throws(ImageHeaderError) -> ImageHeader {
        var chunk = try PNGChunk(at: 8, in: &file)
        guard chunk.type == "IHDR", chunk.length == 13 else { throw .damaged("the PNG file has no header chunk") }
        var header = try PNGHeader(header: chunk, in: &file)
        repeat {
            chunk = try PNGChunk(at: chunk.end, in: &file)
            try header.take(chunk, in: &file)
        } while chunk.type != "IEND"
        return try header.finish()
    }

    private init(header chunk: PNGChunk, in file: inout FileBytes) throws(ImageHeaderError) {
        guard try chunk.isIntact(&file) else { throw .damaged("the PNG header chunk's checksum is wrong") }
        let bytes = try chunk.bytes(&file)
        width = Int(bytes[0..<4].integer(.big))
        height = Int(bytes[4..<8].integer(.big))
        bitDepth = Int(bytes[8])
        guard let color = Color(rawValue: bytes[9]), color.bitDepths.contains(bitDepth) else {
            throw .damaged("no PNG file has color type \(bytes[9]) with \(bitDepth) bits a sample")
        }
        self.color = color
        guard bytes[10] == 0, bytes[11] == 0, bytes[12] <= 1 else {
            throw .damaged("the PNG header names a compression, filter or interlace method that does not exist")
        }
    }

    private mutating func take(_ chunk: PNGChunk, in file: inout FileBytes) throws(ImageHeaderError) {
        switch chunk.type {
        case "IEND": break
        case "IDAT": hasImageData = true
        case "PLTE": try takePalette(chunk, in: &file)
        case "tRNS": try takeTransparency(chunk, in: &file)
        case "acTL" where !hasImageData:
            throw .unsupported("the PNG file is an animation; only still images are processed")
        default:
            guard !chunk.isCritical else { throw .damaged("the PNG chunk \(chunk.type) is unknown or out of place") }
        }
    }

    private mutating func takePalette(_ chunk: PNGChunk, in file: inout FileBytes) throws(ImageHeaderError) {
        guard color == .palette else { return }
        guard !hasImageData, paletteCount == nil, (3...768).contains(chunk.length), chunk.length % 3 == 0,
            try chunk.isIntact(&file)
        else { throw .damaged("the PNG palette is damaged") }
        paletteCount = min(chunk.length / 3, 1 << bitDepth)
    }

    private mutating func takeTransparency(_ chunk: PNGChunk, in file: inout FileBytes) throws(ImageHeaderError) {
        let isValid =
            switch color {
            case .gray: chunk.length == 2
            case .rgb: chunk.length == 6
            case .palette: chunk.length > 0 && chunk.length <= paletteCount ?? 0
            case .grayAlpha, .rgbAlpha: false
            }
        guard isValid, !hasImageData, try chunk.isIntact(&file) else { return }
        hasTransparency = true
    }

    private func finish() throws(ImageHeaderError) -> ImageHeader {
        guard hasImageData else { throw .damaged("the PNG file has no pixels") }
        guard color != .palette || paletteCount != nil else { throw .damaged("the PNG file's palette is missing") }
        let depth: SampleDepth = bitDepth == 16 ? .sixteen : .eight
        let pixelFormat: PixelFormat
        switch color {
        case .gray:
            guard !hasTransparency else {
                throw .unsupported(
                    "the gray PNG image marks one gray as transparent, which decoding drops; "
                        + "save it with an alpha channel")
            }
            pixelFormat = .gray(depth)
        case .rgb, .palette: pixelFormat = hasTransparency ? .bgra(depth) : .bgr(depth)
        case .grayAlpha, .rgbAlpha: pixelFormat = .bgra(depth)
        }
        return try ImageHeader(
            .png, storedWidth: width, height: height, pixelFormat: pixelFormat, maximumSide: Self.maximumSide)
    }
}
