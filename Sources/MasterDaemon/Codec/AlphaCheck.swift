import TileCodecs
import TileCore

/// Checks, while a source is decoded, whether its alpha can be left out of a result whose format has none. Transforms
/// do not change alpha, so the source's alpha is that of the result.
struct AlphaCheck {
    private let image: any PixelRows
    private let format: ImageFileFormat
    private let background: BackgroundColor?
    private var rows = 0
    /// The first transparent pixel, if one was found.
    private var transparent: (x: Int, y: Int)?

    /// - Parameter background: the color behind transparent pixels.
    init(_ image: any PixelRows, for format: ImageFileFormat, _ background: BackgroundColor?) {
        self.image = image
        self.format = format
        self.background = background
    }

    private var losesAlpha: Bool { image.format.hasAlpha && !format.without(alphaOf: image.format).hasAlpha }

    /// Checks the rows that have become complete since the last call.
    /// - Parameter complete: how many rows are complete from the top.
    mutating func look(upTo complete: Int) {
        guard losesAlpha, background == nil, transparent == nil, complete > rows else { return }
        transparent = image.firstTransparentPixel(in: rows..<complete)
        rows = complete
    }

    /// Notes about alpha that is left out of the result. Call it once all rows are checked.
    /// - Throws: `JobFailure` if a pixel is transparent and there is no background color.
    func notes() throws -> [String] {
        guard losesAlpha else { return [] }
        if let background { return ["alpha was laid over the background \(background)"] }
        if let (x, y) = transparent {
            throw JobFailure(
                reason: "the image is transparent at (\(x), \(y)), and \(format.name) has no alpha; choose png, "
                    + "tiff, webp or bmp, or set a background color, as in background=ffffff")
        }
        return ["alpha was left out: it is opaque everywhere, and \(format.name) has no alpha"]
    }
}
