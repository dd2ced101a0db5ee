/// The words of the command line with every byte that was given.
///
/// Swift's `CommandLine.arguments` repairs what is not UTF-8, and such a name leads nowhere then. Here each byte that is
/// not part of a character becomes a character of its own, from the end of Unicode's last private plane, which no text
/// uses. A word that does use one of these is taken apart in the same way, so every word has a way back.
public enum ProgramArguments {
    /// The arguments after the program's name.
    public static var all: [String] {
        let count = max(0, Int(CommandLine.argc) - 1)
        return (0..<count).map { index in
            guard let word = unsafe CommandLine.unsafeArgv[index + 1] else { return "" }
            var bytes: [UInt8] = []
            var next = unsafe word
            while unsafe next.pointee != 0 {
                unsafe bytes.append(UInt8(truncatingIfNeeded: next.pointee))
                unsafe next += 1
            }
            return string(of: bytes)
        }
    }

    private static let base: UInt32 = 0x10FF00
    /// Bytes of 0x80 and more: others are characters by themselves.
    private static let standIns: ClosedRange<UInt32> = 0x10FF80...0x10FFFF

    /// A text that `path(of:)` turns into these bytes again. UTF-8 stays what it is.
    public static func string(of bytes: [UInt8]) -> String {
        var scalars = String.UnicodeScalarView()
        var rest = bytes[...]
        while !rest.isEmpty {
            let (scalar, count) = RawPath.scalar(at: rest)
            if let scalar, !standIns.contains(scalar.value) {
                scalars.append(scalar)
            } else {
                scalars.append(contentsOf: rest.prefix(count).compactMap { Unicode.Scalar(base + UInt32($0)) })
            }
            rest = rest.dropFirst(count)
        }
        return String(scalars)
    }

    /// The bytes that a word stands for.
    public static func path(of word: String) -> RawPath {
        RawPath(
            word.unicodeScalars.flatMap { scalar in
                standIns.contains(scalar.value) ? [UInt8(scalar.value - base)] : Array(UTF8.encode(scalar) ?? .init())
            })
    }
}
