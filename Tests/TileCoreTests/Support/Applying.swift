@testable import TileCore

extension PlainImage {
    /// The result of the tested code for this image.
    func applying(_ transforms: String) throws -> PlainImage {
        let image = buffer()
        return PlainImage(
            try Pipeline(parsing: transforms).apply(to: image, inner: TileRegion(whole: image.size)))
    }

    /// Only the color of BGRA.
    var withoutAlpha: PlainImage { making(.bgr(format.depth)) { x, y, channel in self[x, y, channel] } }

    /// Only the alpha of BGRA.
    var alpha: PlainImage { making(.gray(format.depth)) { x, y, _ in self[x, y, 3] } }

    static func random(
        width: Int, height: Int, _ format: PixelFormat, _ kind: RandomImageKind = .noise,
        using generator: inout SeededGenerator
    ) -> PlainImage {
        PlainImage(PixelBuffer.random(width: width, height: height, format, kind, using: &generator))
    }

    /// Small images of `format` of all kinds, and one with every 8-bit value, or as many 16-bit values.
    static func samples(_ format: PixelFormat, seed: UInt64) -> [PlainImage] {
        var generator = SeededGenerator(seed: seed)
        var images = RandomImageKind.allCases.map { kind in
            random(width: generator.int(20...40), height: generator.int(10...30), format, kind, using: &generator)
        }
        images.append(random(width: 1, height: 1, format, using: &generator))
        let step = format.depth == .eight ? 1 : 257
        images.append(
            PlainImage(
                width: 16, height: 16, format: format,
                samples: (0..<256).flatMap { value in (0..<format.channels).map { (value + 85 * $0) % 256 * step } }))
        return images
    }
}
