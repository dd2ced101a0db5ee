/// OpenCV's `GaussianBlur`. With sigma 0, sigma is 0.3·((ksize − 1)·0.5 − 1) + 0.8, and sizes up to 9 have fixed
/// kernels. Weights are multiples of 1/256 for 8 bits and of 1/65536 for 16 bits.
struct Blur: Transform {
    static let descriptor = TransformDescriptor(
        "blur", title: "Blur", "Softens the image with a Gaussian.",
        parameters: [
            TransformParameter("ksize", "Size", .odd, default: 99, in: 1...255, "Side of the kernel in pixels."),
            TransformParameter(
                "sigma", "Sigma", .number, default: 0, in: 0...100,
                "Standard deviation in pixels; 0 chooses it by the size."),
        ])

    private let ksize: Int
    private let sigma: Double

    init(_ values: ParameterValues) {
        ksize = values.integer("ksize")
        sigma = values["sigma"]
    }

    /// Weights at the rim of a large kernel are zero: in 8 bits, a kernel of 99 px reaches only 43 px to each side.
    func halo(_ depth: SampleDepth) -> Int { OpenCV.gaussianReach(ksize: ksize, sigma: sigma, depth: depth) }

    func apply(_ image: borrowing PixelBuffer, _ region: TileRegion) throws(ImagingError) -> PixelBuffer {
        try OpenCV.gaussianBlur(image, region, ksize: ksize, sigma: sigma)
    }
}
