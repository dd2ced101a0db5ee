/// R' = .393R + .769G + .189B, G' = .349R + .686G + .168B, B' = .272R + .534G + .131B, saturated.
///
/// Computed in thousandths, as integers, because a float cannot hold .393, and ties would be rounded either way.
struct Sepia: Transform {
    static let descriptor = TransformDescriptor("sepia", title: "Sepia", "Tones the image like an old photograph.")

    private static let thousandths: [Int32] = [
        131, 534, 272,
        168, 686, 349,
        189, 769, 393,
    ]

    static let keepsGray = false

    init(_ values: ParameterValues) {}

    func output(for input: PixelFormat) -> PixelFormat { .bgr(input.depth) }

    func apply(_ image: borrowing PixelBuffer, _ region: TileRegion) throws(ImagingError) -> PixelBuffer {
        guard image.format.channels == 3 else {
            return try apply(OpenCV.bgr(fromGray: image, region), TileRegion(whole: region.size))
        }
        return try OpenCV.colorMatrix(image, region, matrix: Self.thousandths, scale: 1000)
    }
}
