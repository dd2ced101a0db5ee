@testable import TileCore

/// An image as plain integers, for computations without the tested code.
struct PlainImage: Equatable {
    let width: Int
    let height: Int
    let format: PixelFormat
    /// The samples row by row, with the channels of a pixel next to each other.
    var samples: [Int]

    init(width: Int, height: Int, format: PixelFormat, samples: [Int]) {
        precondition(samples.count == width * height * format.channels, "samples do not fit the image")
        self.width = width
        self.height = height
        self.format = format
        self.samples = samples
    }

    init(_ buffer: borrowing PixelBuffer) {
        var samples: [Int] = []
        samples.reserveCapacity(buffer.size.area * buffer.format.channels)
        let depth = buffer.format.depth
        buffer.forEachRow { row in
            switch depth {
            case .eight: unsafe row.withUnsafeBytes { unsafe samples.append(contentsOf: $0.map { Int($0) }) }
            case .sixteen:
                unsafe row.withUnsafeBytes { bytes in
                    unsafe samples.append(contentsOf: bytes.bindMemory(to: UInt16.self).map { Int($0) })
                }
            }
        }
        self.init(width: buffer.size.width, height: buffer.size.height, format: buffer.format, samples: samples)
    }

    var channels: Int { format.channels }
    var maximum: Int { format.depth.maximum }

    /// The same pixels as a buffer of the tested code.
    func buffer() -> PixelBuffer {
        let bytes: [UInt8] =
            switch format.depth {
            case .eight: samples.map { UInt8($0) }
            case .sixteen: unsafe samples.map { UInt16($0) }.withUnsafeBytes { unsafe Array($0) }
            }
        return PixelBuffer(
            adopting: OwnedBytes(copying: bytes), size: PixelSize(width: width, height: height), format: format)
    }

    subscript(x: Int, y: Int, channel: Int = 0) -> Int { samples[(y * width + x) * channels + channel] }

    /// An image of this size. `value` computes each sample from column, row and channel.
    func making(_ format: PixelFormat? = nil, _ value: (Int, Int, Int) -> Int) -> PlainImage {
        let format = format ?? self.format
        var samples: [Int] = []
        samples.reserveCapacity(width * height * format.channels)
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<format.channels { samples.append(value(x, y, channel)) }
            }
        }
        return PlainImage(width: width, height: height, format: format, samples: samples)
    }

    func mapping(_ value: (Int) -> Int) -> PlainImage {
        PlainImage(width: width, height: height, format: format, samples: samples.map(value))
    }
}

extension PlainImage {
    /// The largest difference of two samples at the same place.
    func largestDifference(from other: PlainImage) -> Int {
        precondition(samples.count == other.samples.count && format == other.format, "images of other kinds")
        return zip(samples, other.samples).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }

    /// The number of samples that differ.
    func differences(from other: PlainImage) -> Int {
        precondition(samples.count == other.samples.count && format == other.format, "images of other kinds")
        return zip(samples, other.samples).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) }
    }

    /// A description of the first sample that differs; `nil` if all are equal.
    func firstDifference(from other: PlainImage) -> String? {
        guard width == other.width, height == other.height, format == other.format else {
            return "\(width)×\(height) \(format) is not \(other.width)×\(other.height) \(other.format)"
        }
        guard let index = samples.indices.first(where: { samples[$0] != other.samples[$0] }) else { return nil }
        let pixel = index / channels
        return "(\(pixel % width), \(pixel / width)) channel \(index % channels) of \(width)×\(height) \(format): "
            + "\(samples[index]) is not \(other.samples[index])"
    }
}
