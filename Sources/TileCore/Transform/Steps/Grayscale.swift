/// Luma by OpenCV's `cvtColor`: 0.299 R + 0.587 G + 0.114 B. One channel comes out.
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
    /// Luma of a part of an image in color; a copy if it is gray already.
    func asGray(_ region: TileRegion) throws(ImagingError) -> PixelBuffer {
        format.channels == 1 ? copy(region) : try OpenCV.gray(self, region)
    }
}
