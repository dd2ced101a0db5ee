/// On gray: v > level ? maximum : 0.
struct Threshold: Transform {
    static let descriptor = TransformDescriptor(
        "threshold", title: "Threshold", "Leaves black and white only.",
        parameters: [
            TransformParameter(
                "level", "Level", .number, default: 128, in: 0...255, "Brighter samples turn white, in 8-bit units.")
        ])

    private let tables: DepthTables

    init(_ values: ParameterValues) {
        let level = values["level"]
        tables = DepthTables { depth in
            { $0 > level * depth.eightBitUnit ? Double(depth.maximum) : 0 }
        }
    }

    func output(for input: PixelFormat) -> PixelFormat { .gray(input.depth) }

    func table(for depth: SampleDepth) -> SampleTable? { tables[depth] }

    func apply(_ image: borrowing PixelBuffer, _ region: TileRegion) throws(ImagingError) -> PixelBuffer {
        let table = tables[image.format.depth]
        guard image.format.channels == 3 else { return try OpenCV.lookup(image, region, in: table) }
        return try OpenCV.lookup(OpenCV.gray(image, region), TileRegion(whole: region.size), in: table)
    }
}
