/// Names a request in its answer, the logs and the audit log: the `X-Request-Id` that came with it, if that is sane, else one
/// of its own.
struct RequestID: Sendable, Hashable, CustomStringConvertible {
    static let longest = 128
    private static let marks = Set("-._:=+/@".utf8)

    let text: String
    var description: String { text }

    /// - Returns: `nil` if there is nothing, too much, or something that has to be escaped anywhere.
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

    /// A new one: 32 hexadecimal digits.
    static func make() -> RequestID {
        func digits() -> String {
            let text = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - text.utf8.count) + text
        }
        return RequestID(made: digits() + digits())
    }

    /// That of a request, which may have brought one.
    static func of(_ text: String?) -> RequestID { RequestID(text) ?? make() }
}
