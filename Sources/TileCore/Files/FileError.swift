internal import Glibc

/// Why something could not be done with a file.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A sentence without the period at its end.
    public let reason: String
    /// The system's number for it (`errno`); 0 if no system call failed.
    public let number: Int32

    public init(_ reason: String, number: Int32 = 0) {
        self.reason = reason
        self.number = number
    }

    /// The failure of a system call, in the words of the C library.
    static func system(_ number: Int32, _ what: String) -> FileError {
        FileError("\(what): \(systemErrorText(number))", number: number)
    }

    public var description: String { reason }

    /// There is no file of this name, or no folder on the way to it.
    public var isMissing: Bool { number == ENOENT }
}
