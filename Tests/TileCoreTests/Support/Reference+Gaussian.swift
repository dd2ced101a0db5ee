import Foundation

@testable import TileCore

extension Reference {
    /// The weights of OpenCV's Gaussian: the density at integer distances, with sum 1. Without sigma, sides up to 9
    /// have fixed kernels in parts of 256. For larger sides, sigma is derived from the side.
    static func gaussianKernel(_ ksize: Int, sigma: Double) -> [Double] {
        let small = [
            1: [256], 3: [64, 128, 64], 5: [16, 64, 96, 64, 16], 7: [8, 28, 56, 72, 56, 28, 8],
            9: [4, 13, 30, 51, 60, 51, 30, 13, 4],
        ]
        if sigma == 0, let weights = small[ksize] { return weights.map { Double($0) / 256 } }
        let sigma = sigma > 0 ? sigma : 0.3 * (Double(ksize - 1) * 0.5 - 1) + 0.8
        let weights = (0..<ksize).map { index in
            let distance = Double(index - ksize / 2) / sigma
            return exp(-distance * distance / 2)
        }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    /// The weights as integers, in parts of 256 for 8 bits and of 65536 for 16. The rounding error of each weight goes
    /// into the next one, from the outside in. The middle weight completes the sum.
    static func fixedPointKernel(_ kernel: [Double], _ depth: SampleDepth) -> [Int] {
        let one = depth.maximum + 1
        var fixed = [Int](repeating: 0, count: kernel.count)
        var rest = 0.0
        for index in 0..<(kernel.count / 2) {
            let wanted = kernel[index] * Double(one) + rest
            let weight = wanted.rounded(.toNearestOrEven)
            rest = wanted - weight
            fixed[index] = Int(weight)
            fixed[kernel.count - 1 - index] = Int(weight)
        }
        fixed[kernel.count / 2] = one - fixed.reduce(0, +)
        return fixed
    }

    /// The blur as OpenCV defines it for integers: exact sums of fixed-point products, rounded once, half up.
    static func gaussian(_ image: PlainImage, kernel: [Int]) -> PlainImage {
        let one = (image.maximum + 1) * (image.maximum + 1)
        let sums = weighted(image.samples, of: image, kernel)
        return PlainImage(
            width: image.width, height: image.height, format: image.format, samples: sums.map { ($0 + one / 2) / one })
    }

    /// The blur in floating point, before rounding.
    static func gaussian(_ image: PlainImage, kernel: [Double]) -> [Double] {
        weighted(image.samples.map { Double($0) }, of: image, kernel)
    }

    /// The weighted sums along the rows, then along the columns, with the border reflect 101.
    private static func weighted<Number: Numeric>(
        _ samples: [Number], of image: PlainImage, _ kernel: [Number]
    ) -> [Number] {
        let channels = image.channels
        let acrossPlaces = places(image.width, kernel.count)
        let downPlaces = places(image.height, kernel.count)
        var across: [Number] = []
        for index in samples.indices {
            let row = index / (image.width * channels) * image.width
            let offsets = acrossPlaces[index / channels % image.width]
            across.append(sum(kernel) { samples[(row + offsets[$0]) * channels + index % channels] })
        }
        var down: [Number] = []
        for index in across.indices {
            let column = index % (image.width * channels)
            let offsets = downPlaces[index / (image.width * channels)]
            down.append(sum(kernel) { across[offsets[$0] * image.width * channels + column] })
        }
        return down
    }

    private static func sum<Number: Numeric>(_ kernel: [Number], _ sample: (Int) -> Number) -> Number {
        var sum: Number = 0
        for index in kernel.indices { sum += kernel[index] * sample(index) }
        return sum
    }

    /// For each index along a side, the indices that the kernel covers.
    private static func places(_ count: Int, _ ksize: Int) -> [[Int]] {
        (0..<count).map { place in (0..<ksize).map { reflect101(place + $0 - ksize / 2, count) } }
    }
}
