/// The command line's arguments without any loss of bytes.
///
/// Swift's `CommandLine.arguments` replaces bytes that are not UTF-8, so a file name with such bytes would not be
/// found. Here each such byte becomes a character from the end of Unicode's last private-use plane. If an argument
/// already has one of these characters, its bytes are encoded in the same way, so every argument can be decoded again.
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
    /// The characters that stand for the bytes 0x80 to 0xFF. Lower bytes are valid UTF-8 by themselves.
    private static let standIns: ClosedRange<UInt32> = 0x10FF80...0x10FFFF

    /// A text from which `path(of:)` gets these bytes again. UTF-8 is not changed.
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

    /// The bytes of an argument.
    public static func path(of word: String) -> RawPath {
        RawPath(
            word.unicodeScalars.flatMap { scalar in
                standIns.contains(scalar.value) ? [UInt8(scalar.value - base)] : Array(UTF8.encode(scalar) ?? .init())
            })
    }
}
