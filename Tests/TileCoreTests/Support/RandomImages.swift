@testable import TileCore

/// The kind of samples in a random image.
enum RandomImageKind: CaseIterable {
    /// Any value anywhere.
    case noise
    /// Only the lowest and the highest value, at which arithmetic saturates.
    case extremes
    /// Blocks of one color with a little noise, so that medians, thresholds and edges have something to decide.
    case blocks
}

extension PixelBuffer {
    static func random(
        _ size: PixelSize, _ format: PixelFormat, _ kind: RandomImageKind = .noise,
        using generator: inout SeededGenerator
    ) -> PixelBuffer {
        var bytes: [UInt8]
        switch kind {
        case .noise: bytes = words(byteCount(size: size, format: format), using: &generator) { $0 }
        case .extremes:
            bytes = words(byteCount(size: size, format: format), using: &generator) { spread($0, format.depth) }
        case .blocks: bytes = blocks(size, format, using: &generator)
        }
        return PixelBuffer(adopting: OwnedBytes(copying: bytes), size: size, format: format)
    }

    static func random(
        width: Int, height: Int, _ format: PixelFormat, _ kind: RandomImageKind = .noise,
        using generator: inout SeededGenerator
    ) -> PixelBuffer {
        random(PixelSize(width: width, height: height), format, kind, using: &generator)
    }

    private static func words(
        _ count: Int, using generator: inout SeededGenerator, _ map: (UInt64) -> UInt64
    ) -> [UInt8] {
        let words = (0..<((count + 7) / 8)).map { _ in map(generator.next()) }
        return unsafe words.withUnsafeBytes { unsafe Array($0.prefix(count)) }
    }

    /// Replaces every sample of the word by 0 or its maximum, according to its lowest bit.
    private static func spread(_ word: UInt64, _ depth: SampleDepth) -> UInt64 {
        switch depth {
        case .eight: (word & 0x0101_0101_0101_0101) &* 0xFF
        case .sixteen: (word & 0x0001_0001_0001_0001) &* 0xFFFF
        }
    }

    private static func blocks(
        _ size: PixelSize, _ format: PixelFormat, using generator: inout SeededGenerator
    ) -> [UInt8] {
        let side = generator.int(2...32)
        let rowBytes = size.width * format.bytesPerPixel
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size.height * rowBytes)
        while bytes.count < size.height * rowBytes {
            let colors = (0..<(size.width / side + 1)).map { _ in
                (0..<format.bytesPerPixel).map { _ in UInt8.random(in: 0...255, using: &generator) }
            }
            var row = Array(colors.flatMap { color in repeatElement(color, count: side).joined() }.prefix(rowBytes))
            for _ in 0..<min(side, size.height - bytes.count / rowBytes) {
                row[generator.int(0...(rowBytes - 1))] = UInt8.random(in: 0...255, using: &generator)
                bytes.append(contentsOf: row)
            }
        }
        return bytes
    }
}
