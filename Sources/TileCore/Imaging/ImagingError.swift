internal import Glibc

/// Why pixels could not be read, written or transformed.
public struct ImagingError: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable, Codable {
        /// The file's pixels cannot be decoded.
        case undecodable
        /// The pixels could not be encoded or the file not be written.
        case unencodable
        /// A transform could not be computed.
        case transform
        /// A canvas file could not be made, opened or mapped.
        case canvas
    }

    public let code: Code
    public let reason: String
    /// What was lacking, if the same may work later.
    public let shortage: Shortage?
    /// The image needs more memory than there is for it.
    public let isOutOfMemory: Bool
    /// A file would become larger than this process, or the file system, lets it be.
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

    /// The failure of a system call, in the words of the C library.
    package static func system(_ code: Code, _ what: String, errno number: Int32) -> ImagingError {
        ImagingError(
            code, "\(what): \(systemErrorText(number))", shortage: Shortage(errno: number),
            isFileTooLarge: number == EFBIG)
    }
}
