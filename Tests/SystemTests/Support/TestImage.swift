import Foundation
import TileCore

/// Images that compress like photographs. They are fast to make and always the same.
enum TestImage {
    /// All rows are cut out of one strip of smooth noise. Each begins in the strip at most two pixels beside the
    /// beginning of the row above.
    static func photo(_ width: Int, _ height: Int, _ format: PixelFormat = .bgr(.eight), seed: UInt64 = 1)
        -> PixelBuffer
    {
        var numbers = NumberSequence(seed: seed)
        let pixel = format.bytesPerPixel
        let slack = 1024
        var strip = [UInt8](repeating: 128, count: pixel * (width + slack))
        for index in pixel..<strip.count {
            let next = Int(strip[index - pixel]) + numbers.next(below: 25) - 12
            strip[index] = UInt8(next < 0 ? -next : next > 255 ? 510 - next : next)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(width * height * pixel)
        var offset = slack / 2
        for _ in 0..<height {
            offset = min(max(0, offset + numbers.next(below: 5) - 2), slack)
            bytes += strip[(offset * pixel)..<((offset + width) * pixel)]
        }
        return PixelBuffer(
            adopting: OwnedBytes(copying: bytes), size: PixelSize(width: width, height: height), format: format)
    }

    /// The file of such an image.
    static func file(
        _ width: Int, _ height: Int, _ format: PixelFormat = .bgr(.eight), as fileFormat: ImageFileFormat = .png,
        seed: UInt64 = 1
    ) throws -> Data {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "tilework-image-\(UUID().uuidString).\(fileFormat.fileExtension)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let image = photo(width, height, format, seed: seed)
        try WholeImage.write(image, to: path, OutputEncoding(fileFormat: fileFormat))
        return try Data(contentsOf: URL(filePath: path))
    }
}

/// Pseudorandom numbers from a seed (xorshift, Marsaglia 2003).
struct NumberSequence {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next(below limit: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 33) % limit
    }
}
