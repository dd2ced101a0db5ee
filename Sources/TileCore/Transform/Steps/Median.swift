/// OpenCV's `medianBlur`, which takes kernels larger than 5 for 8 bits only.
struct Median: Transform {
    static let descriptor = TransformDescriptor(
        "median", title: "Median", "Removes specks and keeps edges.",
        parameters: [
            TransformParameter(
                "ksize", "Size", .odd, default: 5, in: 3...31,
                "Side of the square in pixels; 3 or 5 for images of 16 bits.")
        ])

    private let ksize: Int

    init(_ values: ParameterValues) { ksize = values.integer("ksize") }

    func halo(_ depth: SampleDepth) -> Int { (ksize - 1) / 2 }

    func output(for input: PixelFormat) throws(TransformError) -> PixelFormat {
        guard input.depth == .eight || ksize <= 5 else {
            throw TransformError(
                .unsuitableImage, "median: ksize is \(ksize); it takes 3 or 5 if the image has 16 bits")
        }
        return input
    }

    func apply(_ image: borrowing PixelBuffer, _ region: TileRegion) throws(ImagingError) -> PixelBuffer {
        try OpenCV.medianBlur(image, ksize: ksize).cropped(to: region)
    }
}
