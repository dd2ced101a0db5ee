/// Luma by OpenCV's `cvtColor`: 0.299 R + 0.587 G + 0.114 B. The result has one channel.
struct Grayscale: Transform {
    static let descriptor = TransformDescriptor(
        "grayscale", title: "Grayscale", "Keeps the brightness and drops the color.")

    init(_ values: ParameterValues) {}

    func output(for input: PixelFormat) -> PixelFormat { .gray(input.depth) }

    func apply(_ image: borrowing PixelBuffer, _ region: TileRegion) throws(ImagingError) -> PixelBuffer {
        try image.asGray(region)
    }
}

extension PixelBuffer {
    /// The luma of a part of a color image; a copy if the image is gray.
    func asGray(_ region: TileRegion) throws(ImagingError) -> PixelBuffer {
        format.channels == 1 ? copy(region) : try OpenCV.gray(self, region)
    }
}
