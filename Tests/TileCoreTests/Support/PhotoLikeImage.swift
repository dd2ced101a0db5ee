@testable import TileCore

/// An image with the statistics of a photograph: dead leaves.
///
/// Disks of one color each fall on one another until the ground is covered. Their radii are distributed as r⁻³. The
/// result has edges at all scales, occlusions and the power spectrum of natural scenes (Lee, Mumford, Huang, "Occlusion
/// Models for Natural Images", 2001). A small blur simulates the lens, and a few levels of noise the sensor.
struct PhotoLikeImage {
    let size: PixelSize
    let channels: Int
    private var bytes: [UInt8]

    /// - Parameter channels: 1 or 3, of 8 bits.
    init(_ size: PixelSize, channels: Int, using generator: inout SeededGenerator) {
        self.size = size
        self.channels = channels
        bytes = Array(repeating: 128, count: size.area * channels)
        // Later disks cover earlier ones. Large disks cover the ground, and small ones fall throughout.
        for _ in 0..<(size.area / 100) { drop(using: &generator) }
    }

    /// The picture as a camera stores it, in 8 bits.
    func developed(using generator: inout SeededGenerator) throws -> PixelBuffer {
        let format: PixelFormat = channels == 1 ? .gray(.eight) : .bgr(.eight)
        let sharp = PixelBuffer(adopting: OwnedBytes(copying: bytes), size: size, format: format)
        var soft = PlainBytes(try OpenCV.gaussianBlur(sharp, TileRegion(whole: sharp.size), ksize: 5, sigma: 0.9))
        for index in soft.bytes.indices {
            let noise = Int(generator.next() & 3) - 1
            soft.bytes[index] = UInt8(clamping: Int(soft.bytes[index]) + noise)
        }
        return PixelBuffer(adopting: OwnedBytes(copying: soft.bytes), size: size, format: format)
    }

    private mutating func drop(using generator: inout SeededGenerator) {
        // The inverse of the distribution function of r⁻³ between 4 and 200 px.
        let chance = Double.random(in: 0..<1, using: &generator)
        let radius = 1 / (1 / 16.0 - chance * (1 / 16.0 - 1 / 40_000.0)).squareRoot()
        let reach = Int(radius)
        let x = generator.int(-reach...(size.width + reach))
        let y = generator.int(-reach...(size.height + reach))
        let color = (0..<channels).map { _ in UInt8.random(in: 0...255, using: &generator) }
        for row in max(0, y - reach)..<max(0, min(size.height, y + reach + 1)) {
            let half = Int((radius * radius - Double((row - y) * (row - y))).squareRoot())
            let left = max(0, x - half)
            let right = min(size.width, x + half + 1)
            guard left < right else { continue }
            let start = (row * size.width + left) * channels
            let run = repeatElement(color, count: right - left).joined()
            bytes.replaceSubrange(start..<(start + (right - left) * channels), with: Array(run))
        }
    }
}

/// A buffer's bytes without gaps.
struct PlainBytes: Equatable {
    var bytes: [UInt8] = []

    init(_ buffer: borrowing PixelBuffer) {
        bytes.reserveCapacity(buffer.byteCount)
        buffer.forEachRow { row in unsafe row.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) } }
    }
}
