/// The line that separates parts, `CRLF "--" boundary`, and a fast search for it.
///
/// The search is Horspool's (Practical fast searching in strings, 1980). It looks at the last byte of a window and
/// moves by up to the length of the delimiter, so most bytes of a body are never read. Candidates are compared from
/// their CR on. A boundary contains no CR, so compared stretches cannot overlap, and the search is linear for any
/// input.
struct MultipartDelimiter: Sendable {
    /// Which of the two delimiters was found.
    enum Kind: Sendable {
        /// A part follows. The line still ends with padding and CRLF.
        case opening
        /// No part follows. Two hyphens come next.
        case closing
    }

    /// The result of a search.
    struct Finding: Equatable, Sendable {
        /// Bytes at the start that belong to no delimiter.
        let content: Int
        /// The delimiter after the content; `nil` if more input is needed.
        let kind: Kind?
    }

    /// The most bytes that can be undecided: a delimiter and its ending, without the last byte.
    var lookahead: Int { bytes.count + 1 }

    /// Bytes of the delimiter: CRLF, hyphens and boundary, without the ending that tells the two kinds apart.
    var count: Int { bytes.count }

    private let bytes: [UInt8]
    /// How far the window moves if this byte is its last.
    private let shifts: [UInt8]

    /// - Throws: `invalidBoundary` unless the boundary conforms to RFC 2046, section 5.1.1.
    init(boundary: String) throws(MultipartError) {
        guard (1...70).contains(boundary.utf8.count), boundary.utf8.allSatisfy(Self.isAllowed), boundary.last != " "
        else { throw .invalidBoundary }
        let bytes = Array("\r\n--\(boundary)".utf8)
        var shifts = [UInt8](repeating: UInt8(bytes.count), count: 256)
        for (index, byte) in bytes.dropLast().enumerated() {
            shifts[Int(byte)] = UInt8(bytes.count - 1 - index)
        }
        self.bytes = bytes
        self.shifts = shifts
    }

    /// Finds the first delimiter in `input`. If `kind` is `nil`, bytes after the content have to be searched again with
    /// more input.
    func find(in input: borrowing Span<UInt8>) -> Finding {
        let last = bytes.count - 1
        let (first, lastByte) = (bytes[0], bytes[last])
        var start = 0
        while start + last < input.count {
            let byte = input[start + last]
            guard byte == lastByte, input[start] == first, matches(input, at: start) else {
                start += Int(shifts[Int(byte)])
                continue
            }
            switch ending(of: input, at: start + bytes.count) {
            case .delimiter(let kind): return Finding(content: start, kind: kind)
            case .undecided: return Finding(content: start, kind: nil)
            case .text: start += bytes.count
            }
        }
        // The rest is shorter than a delimiter, but may be the beginning of one.
        while start < input.count, !matches(input, at: start) { start += 1 }
        return Finding(content: start, kind: nil)
    }

    /// Whether the delimiter, or as much of it as fits, begins at `start`.
    private func matches(_ input: borrowing Span<UInt8>, at start: Int) -> Bool {
        for index in 0..<min(bytes.count, input.count - start) where input[start + index] != bytes[index] {
            return false
        }
        return true
    }

    private enum Ending {
        case delimiter(Kind), text, undecided
    }

    /// Distinguishes a delimiter from a line that only begins like one, such as the delimiter of a nested message.
    private func ending(of input: borrowing Span<UInt8>, at index: Int) -> Ending {
        guard index < input.count else { return .undecided }
        switch input[index] {
        case UInt8(ascii: " "), UInt8(ascii: "\t"): return .delimiter(.opening)
        case UInt8(ascii: "\r"), UInt8(ascii: "-"): break
        default: return .text
        }
        guard index + 1 < input.count else { return .undecided }
        switch (input[index], input[index + 1]) {
        case (UInt8(ascii: "\r"), UInt8(ascii: "\n")): return .delimiter(.opening)
        case (UInt8(ascii: "-"), UInt8(ascii: "-")): return .delimiter(.closing)
        default: return .text
        }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default:
            "'()+_,-./:=? ".utf8.contains(byte)
        }
    }
}
