/// v + delta, saturated.
struct Brightness: Transform {
    static let descriptor = TransformDescriptor(
        "brightness", title: "Brightness", "Makes the image lighter or darker.",
        parameters: [
            TransformParameter(
                "delta", "Delta", .number, default: 40, in: -255...255, "Added to every sample, in 8-bit units.")
        ])

    private let tables: DepthTables

    init(_ values: ParameterValues) {
        let delta = values["delta"]
        tables = DepthTables { depth in { $0 + delta * depth.eightBitUnit } }
    }

    func table(for depth: SampleDepth) -> SampleTable? { tables[depth] }

    func apply(_ image: borrowing PixelBuffer, _ region: TileRegion) throws(ImagingError) -> PixelBuffer {
        try OpenCV.lookup(image, region, in: tables[image.format.depth])
    }
}
