/// Width and height in pixels, both at least 1.
public struct PixelSize: Sendable, Hashable, Codable {
    public let width: Int
    public let height: Int

    /// The longest side that any part of Tilework accepts: OpenCV's own limit for a decoded image.
    public static let maximumSide = 1 << 20

    /// - Precondition: both sides are in `1...maximumSide`; check values from outside with `isValid(width:height:)`.
    public init(width: Int, height: Int) {
        precondition(Self.isValid(width: width, height: height), "no image is \(width)×\(height) pixels")
        self.width = width
        self.height = height
    }

    /// - Throws: `DecodingError` if there is no image of this size.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let width = try container.decode(Int.self, forKey: .width)
        let height = try container.decode(Int.self, forKey: .height)
        guard Self.isValid(width: width, height: height) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no image is \(width)×\(height) pixels"))
        }
        self.init(width: width, height: height)
    }

    public static func isValid(width: Int, height: Int) -> Bool {
        (1...maximumSide).contains(width) && (1...maximumSide).contains(height)
    }

    /// The number of pixels.
    public var area: Int { width * height }

    public var transposed: PixelSize { PixelSize(width: height, height: width) }

    /// Half the size, rounded up.
    public var halved: PixelSize { PixelSize(width: (width + 1) / 2, height: (height + 1) / 2) }

    /// The size of an image with these proportions and no side longer than `side`; the same size if no side is longer.
    public func fitted(into side: Int) -> PixelSize {
        let longest = max(width, height)
        guard longest > side else { return self }
        return PixelSize(
            width: max(1, (width * side + longest / 2) / longest),
            height: max(1, (height * side + longest / 2) / longest))
    }
}

extension PixelSize: CustomStringConvertible {
    public var description: String { "\(width)×\(height)" }
}
