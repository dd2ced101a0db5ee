extension RawPath: CustomStringConvertible {
    /// The path for people, on one line. Bytes that are not UTF-8 are shown as in `\xE9`, control characters as in `\n`
    /// or `\u{1B}`, and backslashes are doubled, so that different paths look different. An empty path is `''`.
    public var description: String {
        guard !bytes.isEmpty else { return "''" }
        var text = ""
        var rest = bytes[...]
        while !rest.isEmpty {
            let (scalar, count) = Self.scalar(at: rest)
            if let scalar {
                text += Self.shown(scalar)
            } else {
                text += rest.prefix(count).map { "\\x" + Self.hexadecimal(UInt32($0)) }.joined()
            }
            rest = rest.dropFirst(count)
        }
        return text
    }

    /// The first character and its number of bytes; no character if the bytes do not begin with valid UTF-8.
    static func scalar(at bytes: ArraySlice<UInt8>) -> (Unicode.Scalar?, count: Int) {
        let decoder = Unicode.UTF8.ForwardParser.self
        var parser = decoder.init()
        var iterator = bytes.makeIterator()
        switch parser.parseScalar(from: &iterator) {
        case .valid(let encoded): return (Unicode.UTF8.decode(encoded), encoded.count)
        case .error(let length): return (nil, length)
        case .emptyInput: return (nil, 0)
        }
    }

    private static func shown(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\\": return "\\\\"
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        default: break
        }
        let properties = scalar.properties
        let isPrinted =
            switch properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .surrogate: false
            // Characters that control the writing direction would reorder the rest of the line.
            default: !properties.isBidiControl
            }
        return isPrinted ? String(Character(scalar)) : "\\u{" + hexadecimal(scalar.value) + "}"
    }

    private static func hexadecimal(_ number: UInt32) -> String {
        let digits = String(number, radix: 16, uppercase: true)
        return digits.count < 2 ? "0" + digits : digits
    }
}
