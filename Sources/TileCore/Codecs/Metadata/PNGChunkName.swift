internal import CImageCodecs

/// The type of a PNG chunk: four letters in one number, the first in the highest byte.
struct PNGChunkName: Sendable, Hashable {
    let rawValue: UInt32

    init(_ rawValue: UInt32) { self.rawValue = rawValue }

    private init(_ letters: StaticString) {
        rawValue = letters.withUTF8Buffer { bytes in unsafe bytes.reduce(0) { $0 << 8 | UInt32($1) } }
    }

    static let gamma = PNGChunkName("gAMA")
    static let chromaticities = PNGChunkName("cHRM")
    static let standardRGB = PNGChunkName("sRGB")
    static let codePoints = PNGChunkName("cICP")
    static let masteringDisplay = PNGChunkName("mDCV")
    static let lightLevel = PNGChunkName("cLLI")
    static let time = PNGChunkName("tIME")

    var isAboutColor: Bool {
        [.gamma, .chromaticities, .standardRGB, .codePoints, .masteringDisplay, .lightLevel].contains(self)
    }

    /// Whether a chunk about color says sRGB, the default for files without such a chunk.
    func isSRGB(_ bytes: [UInt8]) -> Bool {
        switch self {
        case .standardRGB: true
        // In units of 1/100000. Programs round 1 / 2.2 differently.
        case .gamma: Self.numbers(bytes).first.map { (45_000...46_000).contains($0) } ?? false
        case .chromaticities:
            zip(Self.numbers(bytes), Self.standardChromaticities).allSatisfy { abs($0 - $1) <= 100 }
                && bytes.count == 32
        default: false
        }
    }

    /// White, red, green and blue of sRGB, x and y each, in units of 1/100000.
    private static let standardChromaticities = [31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000]

    /// The 32-bit numbers of a chunk.
    private static func numbers(_ bytes: [UInt8]) -> [Int] {
        stride(from: 0, to: bytes.count - bytes.count % 4, by: 4).map { start in
            bytes[start..<(start + 4)].reduce(0) { $0 << 8 | Int($1) }
        }
    }

    /// Whether a text is private, by its keyword or because it holds another block of metadata. `nil` if it is too long
    /// to be inspected.
    func isPrivate(_ bytes: [UInt8]) -> Bool? {
        if isAboutColor { return false }
        return switch unsafe twc_png_text_privacy(rawValue, bytes, bytes.count) {
        case TWC_PUBLIC: false
        case TWC_PRIVATE: true
        default: nil
        }
    }

    /// The keyword of a text chunk.
    func keyword(of bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix { $0 != 0 }.prefix(79), as: UTF8.self)
    }
}

extension PNGChunkName: CustomStringConvertible {
    var description: String {
        String(decoding: [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: rawValue >> $0) }, as: UTF8.self)
    }
}
