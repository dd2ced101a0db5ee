/// Correlation with a 3×3 kernel that makes light come from the top left.
struct Emboss: Transform {
    static let descriptor = TransformDescriptor("emboss", title: "Emboss", "Makes the image look pressed into metal.")

    init(_ values: ParameterValues) {}

    func halo(_ depth: SampleDepth) -> Int { 1 }

    func apply(_ image: borrowing PixelBuffer, _ region: TileRegion) throws(ImagingError) -> PixelBuffer {
        try OpenCV.filter3x3(image, region, kernel: [-2, -1, 0, -1, 1, 1, 0, 1, 2])
    }
}
