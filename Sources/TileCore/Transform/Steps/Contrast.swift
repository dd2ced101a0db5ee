/// (v − mid) · factor + mid, saturated; mid is 128 or 32768.
struct Contrast: Transform {
    static let descriptor = TransformDescriptor(
        "contrast", title: "Contrast", "Spreads the tones apart or draws them together.",
        parameters: [
            TransformParameter(
                "factor", "Factor", .number, default: 1.5, in: 0...10, "Below 1 is less contrast, above 1 is more.")
        ])

    private let tables: DepthTables

    init(_ values: ParameterValues) {
        let factor = values["factor"]
        tables = DepthTables { depth in
            let middle = depth == .eight ? 128.0 : 32768.0
            return { ($0 - middle) * factor + middle }
        }
    }

    func table(for depth: SampleDepth) -> SampleTable? { tables[depth] }

    func apply(_ image: borrowing PixelBuffer, _ region: TileRegion) throws(ImagingError) -> PixelBuffer {
        try OpenCV.lookup(image, region, in: tables[image.format.depth])
    }
}
