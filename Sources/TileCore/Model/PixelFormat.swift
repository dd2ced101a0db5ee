/// How many bits one sample of a pixel has.
public enum SampleDepth: Int, Sendable, Hashable, Codable, CaseIterable {
    case eight = 8
    case sixteen = 16

    /// Bytes of one sample.
    public var bytes: Int { rawValue / 8 }

    /// The largest sample value: 255 or 65535.
    public var maximum: Int { (1 << rawValue) - 1 }
}

/// The number and the depth of a pixel's samples.
///
/// Samples are interleaved. One channel is gray; three are blue, green, red in this order; four are blue, green, red,
/// alpha. Samples of 16 bits have the machine's byte order in memory, and are little-endian on the wire.
public struct PixelFormat: Sendable, Hashable {
    public let channels: Int
    public let depth: SampleDepth

    /// A format of 1, 3 or 4 channels; `nil` for any other number.
    public init?(channels: Int, depth: SampleDepth) {
        guard channels == 1 || channels == 3 || channels == 4 else { return nil }
        self.channels = channels
        self.depth = depth
    }

    private init(_ channels: Int, _ depth: SampleDepth) {
        self.channels = channels
        self.depth = depth
    }

    public static func gray(_ depth: SampleDepth) -> PixelFormat { PixelFormat(1, depth) }
    public static func bgr(_ depth: SampleDepth) -> PixelFormat { PixelFormat(3, depth) }
    public static func bgra(_ depth: SampleDepth) -> PixelFormat { PixelFormat(4, depth) }

    public var hasAlpha: Bool { channels == 4 }
    public var bytesPerPixel: Int { channels * depth.bytes }

    /// The same channels in another depth.
    public func with(depth: SampleDepth) -> PixelFormat { PixelFormat(channels, depth) }
}

extension PixelFormat: Codable {
    private enum CodingKeys: String, CodingKey { case channels, depth }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        let channels = try fields.decode(Int.self, forKey: .channels)
        guard let format = PixelFormat(channels: channels, depth: try fields.decode(SampleDepth.self, forKey: .depth))
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .channels, in: fields, debugDescription: "\(channels) channels")
        }
        self = format
    }
}

extension PixelFormat: CustomStringConvertible {
    public var description: String { description(isGray: channels == 1) }

    /// - Parameter isGray: whether the colors are grays. Images with alpha store grays as colors, so the format alone
    ///   does not tell.
    public func description(isGray: Bool) -> String {
        "\(depth.rawValue)-bit \(isGray ? "gray" : "RGB")\(hasAlpha ? " with alpha" : "")"
    }
}
