internal import Glibc

/// A path or a file name as the kernel has it: bytes other than zero, in any encoding.
///
/// Two paths are equal if their bytes are. Swift's strings are also equal if a letter is composed in different ways
/// (NFC and NFD), but to a file system these are two names.
public struct RawPath: Sendable, Hashable {
    public let bytes: [UInt8]

    private static let slash = UInt8(ascii: "/")
    private static let dot = UInt8(ascii: ".")

    /// - Precondition: none of the bytes is zero.
    public init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
        precondition(!self.bytes.contains(0), "a zero byte in a path")
    }

    /// The UTF-8 bytes of a text, as they are.
    /// - Precondition: none of them is zero.
    public init(_ text: String) { self.init(text.utf8) }

    /// The path as text; `nil` if its bytes are not UTF-8.
    public var text: String? { String(validating: bytes, as: UTF8.self) }

    public var endsInSlash: Bool { bytes.last == Self.slash }
    public var isAbsolute: Bool { bytes.first == Self.slash }
    /// Whether the path names a folder by its form: its last component is `.` or `..`, or it has only slashes.
    public var isDots: Bool { [[], [Self.dot], [Self.dot, Self.dot]].contains(name.bytes) }

    private var trimmed: ArraySlice<UInt8> { bytes[..<((bytes.lastIndex { $0 != Self.slash } ?? -1) + 1)] }

    /// The path without trailing slashes, so that it names a link itself and not its target.
    public var withoutSlashAtEnd: RawPath { trimmed.isEmpty ? self : RawPath(trimmed) }

    /// The last component, without trailing slashes; empty for `/`.
    public var name: RawPath {
        let path = trimmed
        return RawPath(path[((path.lastIndex(of: Self.slash) ?? -1) + 1)...])
    }

    /// The folder that contains `name`: `.` if the path has no slash.
    public var folder: RawPath {
        let path = trimmed
        guard let last = path.lastIndex(of: Self.slash) else { return RawPath(isAbsolute ? "/" : ".") }
        return last == 0 ? RawPath("/") : RawPath(path[..<last])
    }

    /// The path of a file in this folder. An absolute path is returned unchanged.
    public func appending(_ path: RawPath) -> RawPath {
        if path.isAbsolute || bytes.isEmpty { return path }
        return RawPath(bytes + (endsInSlash ? [] : [Self.slash]) + path.bytes)
    }

    /// The position of the name's last dot; `nil` if there is none, or only as the first byte.
    private var lastDot: Int? {
        name.bytes.lastIndex(of: Self.dot).flatMap { $0 > 0 ? $0 : nil }
    }

    /// The part of the name after its last dot; `nil` if there is none, or only as the first byte.
    public var fileExtension: String? {
        lastDot.map { String(decoding: name.bytes[($0 + 1)...], as: UTF8.self) }
    }

    /// The name up to its last dot.
    public var stem: RawPath { RawPath(name.bytes[..<(lastDot ?? name.bytes.count)]) }

    /// Calls `body` with the path as a C string.
    func withCString<R>(_ body: (UnsafePointer<CChar>) -> R) -> R {
        let characters = bytes.map { CChar(truncatingIfNeeded: $0) } + [0]
        return unsafe characters.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { preconditionFailure("an array without its zero") }
            return unsafe body(start)
        }
    }
}

extension RawPath {
    /// The folder for temporary files: `TMPDIR`, or `/tmp`.
    public static var temporaryFolder: RawPath {
        guard let value = unsafe getenv("TMPDIR") else { return RawPath("/tmp") }
        let bytes = unsafe UnsafeBufferPointer(start: value, count: strlen(value)).map { UInt8(truncatingIfNeeded: $0) }
        return bytes.isEmpty ? RawPath("/tmp") : RawPath(bytes)
    }
}
