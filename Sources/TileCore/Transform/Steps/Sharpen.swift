/// Correlation with a 3×3 kernel: centre 9, all others −1.
struct Sharpen: Transform {
    static let descriptor = TransformDescriptor("sharpen", title: "Sharpen", "Makes edges and texture crisper.")

    init(_ values: ParameterValues) {}

    func halo(_ depth: SampleDepth) -> Int { 1 }

    func apply(_ image: borrowing PixelBuffer, _ region: TileRegion) throws(ImagingError) -> PixelBuffer {
        try OpenCV.filter3x3(image, region, kernel: [-1, -1, -1, -1, 9, -1, -1, -1, -1])
    }
}
