/// Why a file is not taken as an image: what kind of trouble, and a sentence that a person can act on.
public struct ImageHeaderError: Error, Sendable, Hashable {
    /// The kinds of trouble a file can be in.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The file begins like none of the formats that Tilework reads.
        case notAnImage
        /// The file may be sound, but its pixels cannot be decoded without losing or changing something.
        case unsupported
        /// The file contradicts itself or its format's specification.
        case damaged
        /// The file ends before its last part.
        case truncated
        /// The file cannot be read at all.
        case unreadable
    }

    public let code: Code
    /// A full sentence without the period at its end; it names what was found and, where there is one, the way out.
    public let reason: String

    public init(code: Code, reason: String) {
        self.code = code
        self.reason = reason
    }

    static func notAnImage(_ reason: String) -> Self { Self(code: .notAnImage, reason: reason) }
    static func unsupported(_ reason: String) -> Self { Self(code: .unsupported, reason: reason) }
    static func damaged(_ reason: String) -> Self { Self(code: .damaged, reason: reason) }
    static func truncated(_ reason: String) -> Self { Self(code: .truncated, reason: reason) }
    static func unreadable(_ reason: String) -> Self { Self(code: .unreadable, reason: reason) }
}

extension ImageHeaderError: CustomStringConvertible {
    public var description: String { reason }
}
