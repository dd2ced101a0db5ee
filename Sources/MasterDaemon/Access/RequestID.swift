/// Identifies a request in its answer, the logs and the audit log: the client's `X-Request-Id` if it is valid, or else
/// a generated one.
struct RequestID: Sendable, Hashable, CustomStringConvertible {
    static let longest = 128
    private static let marks = Set("-._:=+/@".utf8)

    let text: String
    var description: String { text }

    /// - Returns: `nil` if the text is empty, too long, or has characters that some format would have to escape.
    init?(_ text: String?) {
        guard let text, (1...Self.longest).contains(text.utf8.count),
            text.utf8.allSatisfy({ byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || Self.marks.contains(byte)
            })
        else { return nil }
        self.text = text
    }

    private init(made text: String) { self.text = text }

    /// Generates an id of 32 hexadecimal digits.
    static func make() -> RequestID {
        func digits() -> String {
            let text = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - text.utf8.count) + text
        }
        return RequestID(made: digits() + digits())
    }

    /// The client's id if it is valid, or else a new one.
    static func of(_ text: String?) -> RequestID { RequestID(text) ?? make() }
}
