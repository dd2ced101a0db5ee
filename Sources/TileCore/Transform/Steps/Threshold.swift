/// On gray: v > level ? maximum : 0.
struct Threshold: Transform {
    static let descriptor = TransformDescriptor(
        "threshold", title: "Threshold", "Leaves black and white only.",
        parameters: [
            TransformParameter(
                "level", "Level", .number, default: 128, in: 0...255, "What is brighter turns white, in 8-bit units.")
        ])

    private let tables: DepthTables

    init(_ values: ParameterValues) {
        let level = values["level"]
        tables = DepthTables { depth in
            { $0 > level * depth.eightBitUnit ? Double(depth.maximum) : 0 }
        }
    }

    func output(for input: PixelFormat) -> PixelFormat { .gray(input.depth) }

    func apply(_ image: borrowing PixelBuffer) throws(ImagingError) -> PixelBuffer { try tables.apply(image.asGray()) }
}
