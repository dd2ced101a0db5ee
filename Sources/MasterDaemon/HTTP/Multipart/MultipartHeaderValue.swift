/// A header value with parameters: `form-data; name="file"; filename="a.png"`.
///
/// Read byte by byte, because to a `Character` a quote with a combining mark behind it is no quote.
struct MultipartHeaderValue: Equatable, Sendable {
    /// What precedes the first semicolon, in lower case.
    let value: String
    /// Values without their quotes, by the parameter's name in lower case.
    let parameters: [String: String]

    /// Nil when a parameter is malformed or given twice.
    init?(_ text: String) {
        var cursor = Cursor(rest: Array(text.utf8)[...])
        cursor.skipSpace()
        value = cursor.takeToken().lowercased()
        cursor.skipSpace()
        var parameters: [String: String] = [:]
        while cursor.skip(";") {
            cursor.skipSpace()
            // Some clients put a semicolon behind the last parameter too.
            if cursor.rest.isEmpty { break }
            let name = cursor.takeToken(upTo: "=").lowercased()
            guard !name.isEmpty, cursor.skip("="), let value = cursor.takeValue(),
                parameters.updateValue(value, forKey: name) == nil
            else { return nil }
            cursor.skipSpace()
        }
        guard cursor.rest.isEmpty else { return nil }
        self.parameters = parameters
    }

    /// A place in the text, and the grammar's words from there on.
    private struct Cursor {
        var rest: ArraySlice<UInt8>

        mutating func skipSpace() {
            rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        }

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        /// More than RFC 7230 calls a token, as clients leave values such as a boundary with a slash unquoted.
        mutating func takeToken(upTo end: Unicode.Scalar = ";") -> String {
            let token = rest.prefix { byte in
                byte != UInt8(ascii: end) && !" \t;\"".utf8.contains(byte)
            }
            rest = rest[token.endIndex...]
            return String(decoding: token, as: UTF8.self)
        }

        /// Nil when a quote is not closed.
        mutating func takeValue() -> String? {
            guard skip("\"") else { return takeToken() }
            var value: [UInt8] = []
            while let byte = rest.popFirst() {
                switch (byte, rest.first) {
                case (UInt8(ascii: "\""), _):
                    return String(decoding: value, as: UTF8.self)
                // Before anything else a backslash stands for itself: old browsers send 'C:\dir\a.png'.
                case (UInt8(ascii: "\\"), let next?) where next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\"):
                    value.append(next)
                    rest.removeFirst()
                default:
                    value.append(byte)
                }
            }
            return nil
        }
    }
}
