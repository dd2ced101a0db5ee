extension MultipartParser {
    /// The headers of a part.
    struct PartHeader: Equatable, Sendable {
        /// The name of the form field. Several parts may have the same name.
        var name: String
        /// The sender's name of the file. It may be of any length and contain separators and dots, so it must never be
        /// used as a path. Empty if a form is sent without a file.
        var filename: String?
        /// The media type that the sender claims.
        var contentType: String?
    }
}

/// Collects the header lines of one part, and interprets them when all have arrived.
struct MultipartPartHeaderFields: Sendable {
    private enum Name: String {
        case disposition = "content-disposition"
        case type = "content-type"
        case transferEncoding = "content-transfer-encoding"
    }

    private var values: [Name: String] = [:]

    /// Adds a line without its CRLF. Irrelevant headers are checked and dropped.
    mutating func add(_ line: some Collection<UInt8>) throws(MultipartError) {
        if let first = line.first, Self.isSpace(first) { throw .foldedHeader }
        guard !line.contains(where: Self.isControl) else { throw .malformedHeader }
        guard let text = String(validating: line, as: UTF8.self) else { throw .headerNotUTF8 }
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { throw .malformedHeader }
        let name = text.utf8[..<colon]
        guard !name.isEmpty, !name.contains(where: Self.isSpace) else { throw .malformedHeader }

        guard let name = Name(rawValue: String(decoding: name, as: UTF8.self).lowercased()) else { return }
        var value = text.utf8[text.utf8.index(after: colon)...].drop(while: Self.isSpace)
        while let last = value.last, Self.isSpace(last) { value.removeLast() }
        guard values.updateValue(String(decoding: value, as: UTF8.self), forKey: name) == nil
        else { throw .repeatedHeader }
    }

    /// The meaning of all lines.
    func partHeader() throws(MultipartError) -> MultipartParser.PartHeader {
        if let encoding = values[.transferEncoding], !["7bit", "8bit", "binary"].contains(encoding.lowercased()) {
            throw .unsupportedTransferEncoding
        }
        guard let text = values[.disposition] else { throw .missingDisposition }
        guard let disposition = MultipartHeaderValue(text), disposition.value == "form-data"
        else { throw .malformedDisposition }
        guard let name = disposition.parameters["name"] else { throw .missingName }

        var header = MultipartParser.PartHeader(name: Self.unescapingQuotes(name), contentType: values[.type])
        if let extended = disposition.parameters["filename*"] {
            guard let filename = Self.decodingExtended(extended) else { throw .invalidFilename }
            header.filename = filename
        } else {
            header.filename = disposition.parameters["filename"].map(Self.unescapingQuotes)
        }
        return header
    }

    /// Restores quotes that browsers encode. Their %0D and %0A stay encoded, because no name needs line breaks.
    private static func unescapingQuotes(_ text: String) -> String {
        var rest = Array(text.utf8)[...]
        var bytes: [UInt8] = []
        while let byte = rest.first {
            let isQuote = rest.starts(with: "%22".utf8)
            bytes.append(isQuote ? UInt8(ascii: "\"") : byte)
            rest = rest.dropFirst(isQuote ? 3 : 1)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Decodes `UTF-8'language'percent-encoded` (RFC 8187). RFC 7578 does not allow it, but some clients send it.
    private static func decodingExtended(_ text: String) -> String? {
        let fields = text.utf8.split(separator: UInt8(ascii: "'"), maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3, String(decoding: fields[0], as: UTF8.self).lowercased() == "utf-8" else { return nil }
        var rest = fields[2]
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(Self.hexDigit), let low = rest.popFirst().flatMap(Self.hexDigit)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        guard !bytes.contains(where: isControl) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }

    private static func isControl(_ byte: UInt8) -> Bool {
        byte < 0x20 && byte != UInt8(ascii: "\t") || byte == 0x7F
    }
}
