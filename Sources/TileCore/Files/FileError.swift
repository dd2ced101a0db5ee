internal import Glibc

/// A failed operation on a file.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A sentence without the period at its end.
    public let reason: String
    /// The system's number for it (`errno`); 0 if no system call failed.
    public let number: Int32

    public init(_ reason: String, number: Int32 = 0) {
        self.reason = reason
        self.number = number
    }

    /// The failure of a system call, with the C library's text for it.
    static func system(_ number: Int32, _ what: String) -> FileError {
        FileError("\(what): \(systemErrorText(number))", number: number)
    }

    public var description: String { reason }

    /// Whether the file or a folder on its path is missing.
    public var isMissing: Bool { number == ENOENT }
}
