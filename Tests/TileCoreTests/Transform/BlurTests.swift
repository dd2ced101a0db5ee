import Testing

@testable import TileCore

/// The blur against two definitions: OpenCV's fixed-point sum, and the Gaussian itself.
@Suite struct BlurTests {
    struct Kernel: Sendable, CustomTestStringConvertible {
        let ksize: Int
        var sigma = 0.0
        var testDescription: String { "blur:ksize=\(ksize):sigma=\(sigma)" }
        var weights: [Double] { Reference.gaussianKernel(ksize, sigma: sigma) }
    }

    static let kernels = [
        Kernel(ksize: 1), Kernel(ksize: 3), Kernel(ksize: 5), Kernel(ksize: 7), Kernel(ksize: 9), Kernel(ksize: 15),
        Kernel(ksize: 99), Kernel(ksize: 255), Kernel(ksize: 3, sigma: 0.3), Kernel(ksize: 5, sigma: 10),
        Kernel(ksize: 15, sigma: 1.5), Kernel(ksize: 31, sigma: 100), Kernel(ksize: 255, sigma: 40),
    ]

    static let sizes = [(1, 1), (1, 12), (12, 1), (2, 3), (19, 8)]

    private func forEachImage(_ format: PixelFormat, _ body: (PlainImage) throws -> Void) rethrows {
        var generator = SeededGenerator(seed: 21)
        for (width, height) in Self.sizes {
            for kind in RandomImageKind.allCases {
                try body(PlainImage.random(width: width, height: height, format, kind, using: &generator))
            }
        }
    }

    @Test(arguments: PixelFormat.colorFormats, kernels)
    func everySampleIsTheFixedPointSum(format: PixelFormat, kernel: Kernel) throws {
        let weights = Reference.fixedPointKernel(kernel.weights, format.depth)
        try forEachImage(format) { image in
            let blurred = try image.applying(kernel.testDescription)
            let difference = blurred.firstDifference(from: Reference.gaussian(image, kernel: weights))
            #expect(difference == nil)
        }
    }

    /// Fixed point holds the weights of sides up to 9 exactly.
    @Test(arguments: PixelFormat.colorFormats, kernels.prefix(5))
    func smallKernelsRoundToTheNearest(format: PixelFormat, kernel: Kernel) throws {
        try forEachImage(format) { image in
            let worst = try largestError(of: kernel, on: image)
            #expect(worst <= 0.5)
        }
    }

    /// The weights of larger kernels are off by a fraction of 1/256. On some artificial images all these errors add up.
    /// On photographs they cancel out: the blur is within one step of the Gaussian.
    @Test(arguments: SampleDepth.allCases, kernels)
    func aPhotographIsCloseToTheGaussian(depth: SampleDepth, kernel: Kernel) throws {
        var generator = SeededGenerator(seed: 22)
        let scene = PhotoLikeImage(PixelSize(width: 50, height: 30), channels: 1, using: &generator)
        let photo = PlainImage(try scene.developed(using: &generator))
        let image = photo.making(.gray(depth)) { x, y, _ in photo[x, y] * Reference.unit(depth) }
        let worst = try largestError(of: kernel, on: image)
        #expect(worst <= 1)
    }

    private func largestError(of kernel: Kernel, on image: PlainImage) throws -> Double {
        let blurred = try image.applying(kernel.testDescription)
        let expected = Reference.gaussian(image, kernel: kernel.weights)
        return zip(blurred.samples, expected).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
    }

    /// The Gaussian is so narrow that neighbours have no weight, down to a sigma whose square underflows.
    @Test(arguments: PixelFormat.colorFormats, ["0.01", "0.000001", "1e-160", "1e-200", "5e-324"])
    func aVeryNarrowGaussianChangesNothing(format: PixelFormat, sigma: String) throws {
        try forEachImage(format) { image in
            let difference = try image.applying("blur:ksize=255:sigma=\(sigma)").firstDifference(from: image)
            #expect(difference == nil)
        }
    }
}
