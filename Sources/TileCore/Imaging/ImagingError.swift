internal import Glibc

/// Why pixels could not be read, written or transformed.
public struct ImagingError: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable, Codable {
        /// The file's pixels cannot be decoded.
        case undecodable
        /// The pixels cannot be encoded, or the file cannot be written.
        case unencodable
        /// A transform could not be computed.
        case transform
        /// A canvas file could not be made, opened or mapped.
        case canvas
    }

    public let code: Code
    public let reason: String
    /// The missing resource, if the same call may succeed later.
    public let shortage: Shortage?
    /// Whether the image needs more memory than there is.
    public let isOutOfMemory: Bool
    /// Whether a file would exceed the limit of this process or of the file system.
    public let isFileTooLarge: Bool

    public init(
        _ code: Code, _ reason: String, shortage: Shortage? = nil, isOutOfMemory: Bool = false,
        isFileTooLarge: Bool = false
    ) {
        self.code = code
        self.reason = reason
        self.shortage = shortage
        self.isOutOfMemory = isOutOfMemory
        self.isFileTooLarge = isFileTooLarge
    }

    public var description: String { reason }

    public var isDiskFull: Bool { shortage == .disk }

    /// The error of a system call, with the C library's text.
    package static func system(_ code: Code, _ what: String, errno number: Int32) -> ImagingError {
        ImagingError(
            code, "\(what): \(systemErrorText(number))", shortage: Shortage(errno: number),
            isFileTooLarge: number == EFBIG)
    }
}
