@testable import TileCore

/// The transforms by their definitions, in plain integers and one pixel at a time.
enum Reference {
    /// `index` reflected at 0 and at `count - 1` without repeating the border: dcb|abcd|cba.
    static func reflect101(_ index: Int, _ count: Int) -> Int {
        guard count > 1 else { return 0 }
        let period = 2 * (count - 1)
        let place = ((index % period) + period) % period
        return place < count ? place : period - place
    }

    /// `numerator / denominator`, rounded to the nearest integer, half to even.
    static func roundHalfEven(_ numerator: Int, over denominator: Int) -> Int {
        var quotient = numerator / denominator
        if quotient * denominator > numerator { quotient -= 1 }
        let twice = 2 * (numerator - quotient * denominator)
        if twice > denominator || (twice == denominator && !quotient.isMultiple(of: 2)) { quotient += 1 }
        return quotient
    }

    static func saturate(_ value: Int, _ depth: SampleDepth) -> Int { min(max(value, 0), depth.maximum) }

    /// The value of one 8-bit step in the image's depth.
    static func unit(_ depth: SampleDepth) -> Int { depth == .eight ? 1 : 257 }

    static func invert(_ image: PlainImage) -> PlainImage { image.mapping { image.maximum - $0 } }

    static func brightness(_ image: PlainImage, thousandths delta: Int) -> PlainImage {
        let depth = image.format.depth
        return image.mapping { value in
            saturate(roundHalfEven(1000 * value + delta * unit(depth), over: 1000), depth)
        }
    }

    static func contrast(_ image: PlainImage, thousandths factor: Int) -> PlainImage {
        let depth = image.format.depth
        let middle = depth == .eight ? 128 : 32768
        return image.mapping { value in
            saturate(roundHalfEven((value - middle) * factor + 1000 * middle, over: 1000), depth)
        }
    }

    static func threshold(_ gray: PlainImage, thousandths level: Int) -> PlainImage {
        let unit = unit(gray.format.depth)
        return gray.mapping { 1000 * $0 > level * unit ? gray.maximum : 0 }
    }

    /// Luma with OpenCV's weights .299, .587 and .114: in parts of 2¹⁵, rounded half up.
    static func gray(_ image: PlainImage) -> PlainImage {
        guard image.channels == 3 else { return image }
        return image.making(.gray(image.format.depth)) { x, y, _ in
            (3735 * image[x, y, 0] + 19235 * image[x, y, 1] + 9798 * image[x, y, 2] + 1 << 14) >> 15
        }
    }

    static func sepia(_ image: PlainImage) -> PlainImage {
        let depth = image.format.depth
        let red = image.channels == 1 ? 0 : 2
        let green = image.channels == 1 ? 0 : 1
        return image.making(.bgr(depth)) { x, y, channel in
            let weights = [(272, 534, 131), (349, 686, 168), (393, 769, 189)][channel]
            let sum = weights.0 * image[x, y, red] + weights.1 * image[x, y, green] + weights.2 * image[x, y, 0]
            return saturate(roundHalfEven(sum, over: 1000), depth)
        }
    }

    /// Correlation with a 3×3 kernel, row by row, with the border reflect 101.
    static func filter(_ image: PlainImage, _ kernel: [Int]) -> PlainImage {
        image.making { x, y, channel in
            var sum = 0
            for row in 0..<3 {
                for column in 0..<3 {
                    let sample = image[
                        reflect101(x + column - 1, image.width), reflect101(y + row - 1, image.height), channel]
                    sum += kernel[3 * row + column] * sample
                }
            }
            return saturate(sum, image.format.depth)
        }
    }

    /// The median of the samples in a square, with a replicated border.
    static func median(_ image: PlainImage, _ ksize: Int) -> PlainImage {
        let reach = ksize / 2
        return image.making { x, y, channel in
            var samples: [Int] = []
            samples.reserveCapacity(ksize * ksize)
            for row in (y - reach)...(y + reach) {
                let row = min(max(row, 0), image.height - 1)
                for column in (x - reach)...(x + reach) {
                    samples.append(image[min(max(column, 0), image.width - 1), row, channel])
                }
            }
            samples.sort()
            return samples[samples.count / 2]
        }
    }
}
