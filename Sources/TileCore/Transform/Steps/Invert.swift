/// The negative: maximum − v.
struct Invert: Transform {
    static let descriptor = TransformDescriptor("invert", title: "Invert", "Turns every color into its opposite.")

    init(_ values: ParameterValues) {}

    func table(for depth: SampleDepth) -> SampleTable? {
        SampleTable(depth: depth) { Double(depth.maximum) - $0 }
    }

    func apply(_ image: borrowing PixelBuffer, _ region: TileRegion) throws(ImagingError) -> PixelBuffer {
        try OpenCV.invert(image, region)
    }
}
