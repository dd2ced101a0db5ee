import Foundation
import Testing

@testable import TileCore

/// Our own kernels against OpenCV, byte for byte, with every instruction set of this processor.
///
/// With `TILEWORK_LONG_TESTS=1`, every size is tested with every sigma and every place of a part in its image. That
/// takes minutes.
@Suite struct KernelTests {
    static let isLong = ProcessInfo.processInfo.environment["TILEWORK_LONG_TESTS"] == "1"

    /// 0 lets OpenCV derive sigma. The kernel of a sigma below 1 has a weight that is too large for a byte, or only one
    /// weight that is not zero.
    static let sigmas = [0, 0.05, 0.3, 0.45, 0.6, 0.8, 1, 1.2, 1.7, 2.5, 4, 7.3, 12, 19, 33, 60, 100]

    /// A random part of an image: at an edge, in a corner or inside. Every third part is the whole image.
    private static func part(of size: PixelSize, using generator: inout SeededGenerator) -> TileRegion {
        guard !generator.chance(1, in: 3) else { return TileRegion(whole: size) }
        let (x, y) = (generator.int(0...(size.width - 1)), generator.int(0...(size.height - 1)))
        return TileRegion(
            x: x, y: y, width: generator.int(1...(size.width - x)), height: generator.int(1...(size.height - y)))
    }

    /// The nine kinds of parts: at each edge, in each corner, and inside.
    private static func places(in size: PixelSize) -> [TileRegion] {
        let columns = [0..<(size.width / 3 + 1), (size.width / 3)..<(size.width - size.width / 3)]
        let rows = [0..<(size.height / 3 + 1), (size.height / 3)..<(size.height - size.height / 3)]
        let lastColumns = (size.width - size.width / 3 - 1)..<size.width
        let lastRows = (size.height - size.height / 3 - 1)..<size.height
        return (rows + [lastRows]).flatMap { rows in
            (columns + [lastColumns]).map { columns in
                TileRegion(
                    x: columns.lowerBound, y: rows.lowerBound, width: columns.count, height: rows.count)
            }
        }
    }

    /// Mostly small sizes. Some are smaller than any kernel, and some larger than a strip.
    private static func size(using generator: inout SeededGenerator) -> PixelSize {
        let isLarge = generator.chance(1, in: isLong ? 8 : 50)
        return PixelSize(
            width: generator.side(upTo: isLarge ? 400 : 110), height: generator.side(upTo: isLarge ? 1100 : 70))
    }

    /// Compares `filter` on parts, cut out with their halo like tiles, with the same parts of the whole filtered image.
    private func check(
        _ image: borrowing PixelBuffer, _ parts: [TileRegion], halo: Int, _ name: String,
        _ filter: (borrowing PixelBuffer, TileRegion) throws -> PixelBuffer
    ) throws {
        let size = image.size
        let expected = try KernelSet.reference.use { () throws -> PixelBuffer in
            try filter(image, TileRegion(whole: size))
        }
        for part in parts {
            let outer = part.expanded(by: halo, within: size)
            let tile = image.copy(outer)
            let wanted = expected.copy(part)
            for set in KernelSet.available {
                let found = try set.use { () throws -> PixelBuffer in try filter(tile, part.relative(to: outer)) }
                let isEqual = found.hasSamePixels(as: wanted)
                #expect(isEqual, "\(name) by \(set): \(part) of \(size) \(image.format)")
            }
        }
    }

    @Test(arguments: PixelFormat.everyFormat) func everyBlurEqualsOpenCV(format: PixelFormat) throws {
        var generator = SeededGenerator(seed: UInt64(format.bytesPerPixel))
        for ksize in stride(from: 1, through: 255, by: 2) {
            let some = [0] + Self.sigmas.shuffled(using: &generator).prefix(4)
            for sigma in Self.isLong ? Self.sigmas + Self.sigmas : some {
                let halo = OpenCV.gaussianReach(ksize: ksize, sigma: sigma, depth: format.depth)
                let size = Self.size(using: &generator)
                let kind = generator.pick(RandomImageKind.allCases)
                let image = PixelBuffer.random(size, format, kind, using: &generator)
                let places = Self.places(in: size)
                let parts = Self.isLong ? places : [generator.pick(places), Self.part(of: size, using: &generator)]
                try check(image, parts, halo: halo, "blur of \(ksize), sigma \(sigma)") { image, region in
                    try OpenCV.gaussianBlur(image, region, ksize: ksize, sigma: sigma)
                }
            }
        }
    }

    /// An image of the largest value brings every product and every sum to its maximum.
    @Test(arguments: PixelFormat.everyFormat) func noSumSaturates(format: PixelFormat) throws {
        let size = PixelSize(width: 41, height: 23)
        let bytes = [UInt8](repeating: 255, count: PixelBuffer.byteCount(size: size, format: format))
        let white = PixelBuffer(adopting: OwnedBytes(copying: bytes), size: size, format: format)
        for ksize in stride(from: 5, through: 255, by: Self.isLong ? 2 : 10) {
            for sigma in Self.sigmas {
                for set in KernelSet.available {
                    let blurred = try set.use { () throws -> PixelBuffer in
                        try OpenCV.gaussianBlur(white, TileRegion(whole: size), ksize: ksize, sigma: sigma)
                    }
                    let isWhite = blurred.hasSamePixels(as: white)
                    #expect(isWhite, "blur of \(ksize), sigma \(sigma), by \(set): \(format)")
                }
            }
        }
    }

    /// The halo ends at the last weight that is not zero.
    @Test(arguments: SampleDepth.allCases) func reachEndsAtTheLastWeight(depth: SampleDepth) {
        for ksize in stride(from: 1, through: 255, by: 2) {
            for sigma in Self.sigmas {
                let weights = Reference.fixedPointKernel(Reference.gaussianKernel(ksize, sigma: sigma), depth)
                let reach = ksize / 2 - (weights.firstIndex { $0 > 0 } ?? 0)
                #expect(
                    OpenCV.gaussianReach(ksize: ksize, sigma: sigma, depth: depth) == reach, "\(ksize), sigma \(sigma)")
            }
        }
    }

    @Test(arguments: PixelFormat.everyFormat) func everyFilterEqualsOpenCV(format: PixelFormat) throws {
        var generator = SeededGenerator(seed: UInt64(format.bytesPerPixel) + 10)
        for round in 0..<(Self.isLong ? 5000 : 150) {
            let kernel = Self.kernel(round, using: &generator)
            let image = PixelBuffer.random(
                Self.size(using: &generator), format, generator.pick(RandomImageKind.allCases), using: &generator)
            try check(image, [Self.part(of: image.size, using: &generator)], halo: 1, "filter \(kernel)") {
                image, region in
                try OpenCV.filter3x3(image, region, kernel: kernel)
            }
        }
    }

    /// Kernels of the catalogue, others of integers up to the limit of 16-bit sums, and fractions.
    private static func kernel(_ round: Int, using generator: inout SeededGenerator) -> [Float] {
        switch round % 5 {
        case 0: return [-1, -1, -1, -1, 9, -1, -1, -1, -1]
        case 1: return [-2, -1, 0, -1, 1, 1, 0, 1, 2]
        case 2: return (0..<9).map { _ in Float(generator.int(-8...8)) / 4 }
        default:
            var (kernel, left) = ([Float](), 128)
            for _ in 0..<8 {
                let weight = generator.chance(1, in: 4) ? 0 : generator.int(0...min(left, 127))
                left -= weight
                kernel.append(Float(generator.chance(1, in: 2) ? weight : -weight))
            }
            return (kernel + [Float(min(left, 127))]).shuffled(using: &generator)
        }
    }

    /// For 8 bits: every color in the long form, every 37th in the short form. For 16 bits: random colors.
    @Test(arguments: SampleDepth.allCases) func sepiaOfEveryColorEqualsItsDefinition(depth: SampleDepth) throws {
        var generator = SeededGenerator(seed: 31)
        let side = 256
        let images = Self.isLong ? 256 : 7
        for number in 0..<images {
            let image: PixelBuffer
            switch depth {
            case .eight:
                let colors = (0..<(side * side)).map { (number * side * side + $0) * (Self.isLong ? 1 : 37) }
                let bytes = colors.flatMap { [UInt8($0 & 255), UInt8($0 >> 8 & 255), UInt8($0 >> 16 & 255)] }
                image = PixelBuffer(
                    adopting: OwnedBytes(copying: bytes), size: PixelSize(width: side, height: side),
                    format: .bgr(.eight))
            case .sixteen:
                image = .random(
                    width: side, height: side, .bgr(depth), number == 0 ? .extremes : .noise, using: &generator)
            }
            try check(image, [TileRegion(whole: image.size)], halo: 0, "sepia") { image, region in
                try Sepia(ParameterValues(validated: [:])).apply(image, region)
            }
        }
    }

    @Test func everyLookupEqualsItsTable() throws {
        var generator = SeededGenerator(seed: 32)
        for _ in 0..<(Self.isLong ? 2000 : 100) {
            let values = (0..<256).map { _ in Double(generator.int(0...255)) }
            let table = SampleTable(depth: .eight) { values[Int($0)] }
            let image = PixelBuffer.random(
                Self.size(using: &generator), generator.pick([.gray(.eight), .bgr(.eight)]), using: &generator)
            try check(image, [Self.part(of: image.size, using: &generator)], halo: 0, "table") { image, region in
                try OpenCV.lookup(image, region, in: table)
            }
        }
    }
}
