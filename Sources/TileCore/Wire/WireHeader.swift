internal import Foundation

/// Encodes and decodes the JSON in record headers and payloads, with the checks that all kinds of records share.
enum WireHeader {
    /// The version that this code writes, and the only one that it accepts.
    static let version = 1
    /// The record header's name.
    static let name = "tile"
    /// The maximum size of a description; longer ones are not parsed. The longest pipeline takes less than half of it.
    static let maximumBytes = 16_384

    /// The headers of a record: its description, and the filler if there is one.
    static func all(_ description: KafkaHeader, filler: [UInt8]?) -> [KafkaHeader] {
        guard let filler else { return [description] }
        return [description, KafkaHeader(TileTask.fillerName, filler)]
    }

    /// Decodes `T`, after a check of the version.
    static func decode<T: Decodable>(_ type: T.Type, from bytes: [UInt8]?) throws(WireError) -> T {
        guard let bytes else { throw WireError(.missingHeader, "the record has no header '\(name)'") }
        guard bytes.count <= maximumBytes else {
            throw WireError(.headerTooLong, "the header has \(bytes.count) bytes; at most \(maximumBytes) are read")
        }
        do {
            return try OutsideJSON.decode(Versioned<T>.self, from: bytes).value
        } catch let error as WireError {
            throw error
        } catch {
            throw WireError(.malformedHeader, "the header cannot be read: \(words(for: error))")
        }
    }

    static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else {
            preconditionFailure("a header of strings and finite numbers is always JSON")
        }
        return [UInt8](data)
    }

    /// Cuts a reason so that the header stays below `maximumBytes`: 1000 characters take at most 6000 bytes as JSON.
    static func reason(_ text: String) -> String {
        text.unicodeScalars.count <= 1000 ? text : String(text.unicodeScalars.prefix(1000))
    }

    /// Checks the version before the other fields, because they may have another meaning in other versions.
    private struct Versioned<T: Decodable>: Decodable {
        let value: T

        private enum CodingKeys: CodingKey { case v }

        init(from decoder: any Decoder) throws {
            let found = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .v)
            guard found == version else {
                throw WireError(.unknownVersion, "the header has version \(found); this program reads \(version)")
            }
            value = try T(from: decoder)
        }
    }

    private static func words(for error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "'\(key.stringValue)' is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' is of another kind"
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            "'\(context.codingPath.map(\.stringValue).joined(separator: "."))': \(context.debugDescription)"
        default: "it is no JSON object"
        }
    }
}

/// The JSON form of a size and a pixel format. Not valid before `checked`.
struct WirePixels: Codable {
    let width: Int
    let height: Int
    let channels: Int
    let depth: Int

    init(size: PixelSize, format: PixelFormat) {
        width = size.width
        height = size.height
        channels = format.channels
        depth = format.depth.rawValue
    }

    /// - Parameters:
    ///   - payload: the size of the record's payload in bytes.
    ///   - isElsewhere: whether the pixels are in a canvas and not in the record.
    func checked(payload: Int, isElsewhere: Bool = false) throws(WireError) -> (size: PixelSize, format: PixelFormat) {
        let size = try WirePixels.size(width: width, height: height)
        guard let depth = SampleDepth(rawValue: depth), let format = PixelFormat(channels: channels, depth: depth)
        else {
            throw WireError(.badValue, "\(channels) channels of \(self.depth) bits; 1, 3 or 4 of 8 or 16 are known")
        }
        // No overflow: sides are at most 2^20, a pixel at most 8 bytes.
        let expected = isElsewhere ? 0 : PixelBuffer.byteCount(size: size, format: format)
        guard payload == expected else {
            guard !isElsewhere else {
                throw WireError(.payloadMismatch, "the pixels are in a canvas, and the record has \(payload) bytes")
            }
            throw WireError(.payloadMismatch, "\(size) \(format) takes \(expected) bytes; the record has \(payload)")
        }
        return (size, format)
    }

    static func size(width: Int, height: Int) throws(WireError) -> PixelSize {
        guard PixelSize.isValid(width: width, height: height) else {
            throw WireError(.badValue, "\(width)×\(height) is no size; sides are 1 to \(PixelSize.maximumSide)")
        }
        return PixelSize(width: width, height: height)
    }
}
