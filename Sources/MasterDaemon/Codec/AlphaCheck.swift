import TileCodecs
import TileCore

/// Looks, row by row as a source is decoded, whether its alpha is in the way of the result's format. Transforms leave
/// alpha alone, so the source tells.
struct AlphaCheck {
    private let image: any PixelRows
    private let format: ImageFileFormat
    private let background: BackgroundColor?
    private var rows = 0
    /// The first that was found.
    private var transparent: (x: Int, y: Int)?

    /// - Parameter background: the color behind transparent pixels.
    init(_ image: any PixelRows, for format: ImageFileFormat, _ background: BackgroundColor?) {
        self.image = image
        self.format = format
        self.background = background
    }

    private var isInTheWay: Bool { image.format.hasAlpha && !format.without(alphaOf: image.format).hasAlpha }

    /// Looks at the rows that have become complete.
    /// - Parameter complete: how many are, from the top.
    mutating func look(upTo complete: Int) {
        guard isInTheWay, background == nil, transparent == nil, complete > rows else { return }
        transparent = image.firstTransparentPixel(in: rows..<complete)
        rows = complete
    }

    /// What is said of alpha that is left out, once all rows were looked at.
    /// - Throws: `JobFailure` if the image is transparent somewhere, and nothing was said of what is behind it.
    func notes() throws -> [String] {
        guard isInTheWay else { return [] }
        if let background { return ["alpha was laid over the background \(background)"] }
        if let (x, y) = transparent {
            throw JobFailure(
                reason: "the image is transparent at (\(x), \(y)), and \(format.name) has no alpha; choose png, "
                    + "tiff, webp or bmp, or say what is behind it, as in background=ffffff")
        }
        return ["alpha was left out: it is opaque everywhere, and \(format.name) has no alpha"]
    }
}
