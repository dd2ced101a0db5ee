@testable import TileCore

extension PlainImage {
    /// What the code under test makes of this image.
    func applying(_ transforms: String) throws -> PlainImage {
        let image = buffer()
        return PlainImage(
            try Pipeline(parsing: transforms).apply(to: image, inner: TileRegion(whole: image.size)))
    }

    /// The color of BGRA alone.
    var withoutAlpha: PlainImage { making(.bgr(format.depth)) { x, y, channel in self[x, y, channel] } }

    /// The alpha of BGRA alone.
    var alpha: PlainImage { making(.gray(format.depth)) { x, y, _ in self[x, y, 3] } }

    static func random(
        width: Int, height: Int, _ format: PixelFormat, _ kind: RandomImageKind = .noise,
        using generator: inout SeededGenerator
    ) -> PlainImage {
        PlainImage(PixelBuffer.random(width: width, height: height, format, kind, using: &generator))
    }

    /// Small images of `format` of all kinds, and one that has every value of 8 bits, or as many of 16.
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
