/// OpenCV's `Canny` on gray: aperture 3, L1 gradient.
///
/// It is the only step that is not exact in tiles: hysteresis follows a weak edge however far it runs, and a tile sees
/// no further than its halo.
struct Edges: Transform {
    static let descriptor = TransformDescriptor(
        "edges", title: "Edges", "Draws the outlines (Canny), white on black.",
        parameters: [
            // The L1 norm of two Sobel responses of at most 4 × 255 each is at most 2040.
            TransformParameter(
                "low", "Low", .number, default: 100, in: 0...2040, "Weaker gradients are never an edge."),
            TransformParameter(
                "high", "High", .number, default: 200, in: 0...2040, "Stronger gradients are always an edge."),
        ], isExact: false)

    private let low: Double
    private let high: Double

    init(_ values: ParameterValues) throws(TransformError) {
        low = values["low"]
        high = values["high"]
        guard low <= high else {
            throw TransformError(
                .badValue,
                "edges: low is \(NumberText.of(low)) and high is \(NumberText.of(high)); low cannot be above high")
        }
    }

    func halo(_ depth: SampleDepth) -> Int { 32 }

    func output(for input: PixelFormat) -> PixelFormat { .gray(input.depth) }

    func apply(_ image: borrowing PixelBuffer, _ region: TileRegion) throws(ImagingError) -> PixelBuffer {
        let gray = try image.asGray(TileRegion(whole: image.size))
        switch gray.format.depth {
        case .eight: return try OpenCV.canny(gray, low: low, high: high).cropped(to: region)
        case .sixteen:
            let edges = try OpenCV.canny(OpenCV.highByte(gray), low: low, high: high)
            return try OpenCV.widen(edges, region)
        }
    }
}
