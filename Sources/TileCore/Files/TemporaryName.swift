/// Names of temporary folders, which no user's file has.
enum TemporaryName {
    private static let start = Array(".tilework-".utf8)
    private static let digits = 16

    /// `.tilework-` and 64 random bits.
    static func make() -> RawPath {
        let number = String(UInt64.random(in: 0 ... .max), radix: 16)
        return RawPath(start + Array((String(repeating: "0", count: digits - number.count) + number).utf8))
    }

    /// Whether the name has the form of those from `make`.
    static func isOne(_ name: RawPath) -> Bool {
        let rest = name.bytes.dropFirst(start.count)
        return name.bytes.starts(with: start) && rest.count == digits
            && rest.allSatisfy { Array("0123456789abcdef".utf8).contains($0) }
    }
}
