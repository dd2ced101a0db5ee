/// A header value with parameters: `form-data; name="file"; filename="a.png"`.
///
/// It is parsed by bytes, because a quote followed by a combining mark is one `Character`, which is not equal to a
/// quote.
struct MultipartHeaderValue: Equatable, Sendable {
    /// The text before the first semicolon, in lower case.
    let value: String
    /// Values without their quotes, by the parameter's name in lower case.
    let parameters: [String: String]

    /// `nil` if a parameter is malformed or given twice.
    init?(_ text: String) {
        var cursor = Cursor(rest: Array(text.utf8)[...])
        cursor.skipSpace()
        value = cursor.takeToken().lowercased()
        cursor.skipSpace()
        var parameters: [String: String] = [:]
        while cursor.skip(";") {
            cursor.skipSpace()
            // Some clients send a semicolon after the last parameter.
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

    /// A position in the text, and the grammar's elements from there on.
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

        /// Accepts more than an RFC 7230 token, because clients do not quote values such as a boundary with a slash.
        mutating func takeToken(upTo end: Unicode.Scalar = ";") -> String {
            let token = rest.prefix { byte in
                byte != UInt8(ascii: end) && !" \t;\"".utf8.contains(byte)
            }
            rest = rest[token.endIndex...]
            return String(decoding: token, as: UTF8.self)
        }

        /// `nil` if a quote is not closed.
        mutating func takeValue() -> String? {
            guard skip("\"") else { return takeToken() }
            var value: [UInt8] = []
            while let byte = rest.popFirst() {
                switch (byte, rest.first) {
                case (UInt8(ascii: "\""), _):
                    return String(decoding: value, as: UTF8.self)
                // Before other characters a backslash is literal: old browsers send 'C:\dir\a.png'.
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
