public import struct Foundation.Date

/// Identifies a job for ever: a UUID version 7 (RFC 9562) in lower case, so that ids sort by creation time.
public struct JobID: Sendable, Hashable, RawRepresentable {
    public let rawValue: String

    /// `nil` unless `rawValue` is a UUID in lower case.
    public init?(rawValue: String) {
        // Foundation's UUID(uuidString:) is not used, because it also accepts blanks, signs and "0x" as digits.
        let isCanonical = rawValue.utf8.enumerated().allSatisfy { index, byte in
            switch index {
            case 8, 13, 18, 23: byte == UInt8(ascii: "-")
            default:
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            }
        }
        guard rawValue.utf8.count == 36, isCanonical else { return nil }
        self.rawValue = rawValue
    }

    /// A new id: 48 bits of Unix time in milliseconds, then random bits.
    public static func make(at date: Date = Date()) -> JobID {
        let milliseconds = UInt64(max(0, date.timeIntervalSince1970 * 1000))
        var bytes = randomBytes()
        for index in 0..<6 { bytes[index] = UInt8(truncatingIfNeeded: milliseconds >> UInt64(40 - 8 * index)) }
        bytes[6] = bytes[6] & 0x0F | 0x70
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        let text = Array(digits)
        let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(text[$0]) }
        return JobID(validated: groups.joined(separator: "-"))
    }

    private init(validated: String) { rawValue = validated }

    private static func randomBytes() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
}

extension JobID: CustomStringConvertible {
    public var description: String { rawValue }
}

extension JobID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = JobID(rawValue: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not a job id")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
