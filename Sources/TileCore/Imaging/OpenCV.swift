internal import COpenCVShim

/// The OpenCV calls that transforms consist of, each from one buffer into a new one.
///
/// All of them run on the calling thread. They fail only if memory is short, or if OpenCV does not take a buffer's
/// kind. Pipelines check the kind beforehand.
enum OpenCV {
    /// The version of the library in use, as in "4.6.0".
    static var version: String { unsafe String(cString: tw_version()) }

    /// Turns OpenCV's own threads and its log lines off for the process.
    static func prepare() { tw_prepare() }

    static func gray(_ image: borrowing PixelBuffer, _ region: TileRegion) throws(ImagingError) -> PixelBuffer {
        try unsafe map(image, region, to: .gray(image.format.depth), "grayscale") { unsafe tw_gray($0, $1) }
    }

    static func bgr(fromGray image: borrowing PixelBuffer, _ region: TileRegion) throws(ImagingError) -> PixelBuffer {
        try unsafe map(image, region, to: .bgr(image.format.depth), "gray to BGR") { unsafe tw_gray_to_bgr($0, $1) }
    }

    static func invert(_ image: borrowing PixelBuffer, _ region: TileRegion) throws(ImagingError) -> PixelBuffer {
        try unsafe map(image, region, to: image.format, "invert") { unsafe tw_invert($0, $1) }
    }

    /// Blurs `region`, with the pixels around it as its neighbours.
    static func gaussianBlur(_ image: borrowing PixelBuffer, _ region: TileRegion, ksize: Int, sigma: Double)
        throws(ImagingError) -> PixelBuffer
    {
        try unsafe filter(image, region, "blur") { unsafe tw_gaussian_blur($0, $1, $2, $3, Int32(ksize), sigma) }
    }

    /// How many pixels on each side of a pixel have a weight in its blur.
    static func gaussianReach(ksize: Int, sigma: Double, depth: SampleDepth) -> Int {
        Int(tw_gaussian_reach(Int32(ksize), sigma, Int32(depth.rawValue)))
    }

    static func medianBlur(_ image: borrowing PixelBuffer, ksize: Int) throws(ImagingError) -> PixelBuffer {
        try unsafe map(image, to: image.format, "median") { unsafe tw_median_blur($0, $1, Int32(ksize)) }
    }

    /// Correlates `region`, with the pixels around it as its neighbours.
    /// - Parameter kernel: nine weights, row by row.
    static func filter3x3(_ image: borrowing PixelBuffer, _ region: TileRegion, kernel: [Float]) throws(ImagingError)
        -> PixelBuffer
    {
        precondition(kernel.count == 9, "a 3×3 kernel has 9 weights")
        return try unsafe filter(image, region, "filter") { unsafe tw_filter3x3($0, $1, $2, $3, kernel) }
    }

    /// - Precondition: `image` is 8-bit gray.
    static func canny(_ image: borrowing PixelBuffer, low: Double, high: Double) throws(ImagingError) -> PixelBuffer {
        try unsafe map(image, to: image.format, "edges") { unsafe tw_canny($0, $1, low, high) }
    }

    static func highByte(_ image: borrowing PixelBuffer) throws(ImagingError) -> PixelBuffer {
        try unsafe map(image, to: image.format.with(depth: .eight), "high byte") { unsafe tw_high_byte($0, $1) }
    }

    static func widen(_ image: borrowing PixelBuffer, _ region: TileRegion) throws(ImagingError) -> PixelBuffer {
        try unsafe map(image, region, to: image.format.with(depth: .sixteen), "widen") { unsafe tw_widen($0, $1) }
    }

    static func lookup(_ image: borrowing PixelBuffer, _ region: TileRegion, in table: SampleTable) throws(ImagingError)
        -> PixelBuffer
    {
        precondition(table.depth == image.format.depth, "a table of another depth")
        return switch table.depth {
        case .eight:
            try unsafe map(image, region, to: image.format, "table") { unsafe tw_lookup($0, $1, table.eightBit) }
        case .sixteen:
            try unsafe map(image, region, to: image.format, "table") { unsafe tw_lookup($0, $1, table.sixteenBit) }
        }
    }

    /// - Parameter matrix: nine weights in units of 1 / `scale`, row by row, for B, G, R from B, G, R.
    static func colorMatrix(_ image: borrowing PixelBuffer, _ region: TileRegion, matrix: [Int32], scale: Int32)
        throws(ImagingError) -> PixelBuffer
    {
        precondition(matrix.count == 9, "a color matrix has 9 weights")
        return try unsafe map(image, region, to: image.format, "color matrix") {
            unsafe tw_color_matrix($0, $1, matrix, scale)
        }
    }

    /// Splits BGRA into BGR, and alpha as gray.
    static func splitAlpha(_ image: borrowing PixelBuffer) throws(ImagingError) -> ColorAndAlpha {
        let color = PixelBuffer(size: image.size, format: .bgr(image.format.depth))
        let alpha = PixelBuffer(size: image.size, format: .gray(image.format.depth))
        let status = unsafe tw_split_alpha(image.shimImage, color.shimImage, alpha.shimImage)
        try status.check(.transform, "cannot split off alpha")
        return ColorAndAlpha(color: color, alpha: alpha)
    }

    /// Joins gray or BGR with alpha to BGRA.
    static func joinAlpha(_ color: borrowing PixelBuffer, _ alpha: borrowing PixelBuffer) throws(ImagingError)
        -> PixelBuffer
    {
        let joined = PixelBuffer(size: color.size, format: .bgra(color.format.depth))
        let status = unsafe tw_join_alpha(color.shimImage, alpha.shimImage, joined.shimImage)
        try status.check(.transform, "cannot join alpha")
        return joined
    }

    struct ColorAndAlpha: ~Copyable {
        let color: PixelBuffer
        let alpha: PixelBuffer

        consuming func takeColor() -> PixelBuffer { color }
    }

    /// Makes `call` map each pixel of a part, or of the whole image, to a new one.
    private static func map(
        _ image: borrowing PixelBuffer, _ region: TileRegion? = nil, to format: PixelFormat, _ name: String,
        _ call: (tw_image, tw_image) -> tw_status
    ) throws(ImagingError) -> PixelBuffer {
        let region = region ?? TileRegion(whole: image.size)
        let result = PixelBuffer(size: region.size, format: format)
        try unsafe call(image.shimImage(of: region), result.shimImage)
            .check(.transform, "\(name) of \(image.format) \(region.size)")
        return result
    }

    /// Makes `call` compute a part of the image. Its third and fourth argument are the part's corner.
    private static func filter(
        _ image: borrowing PixelBuffer, _ region: TileRegion, _ name: String,
        _ call: (tw_image, tw_image, Int32, Int32) -> tw_status
    ) throws(ImagingError) -> PixelBuffer {
        let result = PixelBuffer(size: region.size, format: image.format)
        try unsafe call(image.shimImage, result.shimImage, Int32(region.x), Int32(region.y))
            .check(.transform, "\(name) of \(image.format) \(image.size)")
        return result
    }
}
