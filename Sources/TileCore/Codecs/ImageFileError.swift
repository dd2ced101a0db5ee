internal import CImageCodecs
internal import Glibc
public import TileCore

/// Why an image file cannot be read or written: the kind of problem, and a sentence that a user can act on.
public struct ImageFileError: Error, Sendable, Hashable, Codable {
    /// The kinds of problems.
    public enum Code: String, Sendable, Hashable, Codable, CaseIterable {
        /// The file does not begin like any format that Tilework reads.
        case notAnImage
        /// A valid file of a kind that is not read. The reason names the kind.
        case unsupported
        /// The file contradicts itself, or data is missing.
        case damaged
        /// The file cannot be read or written at all.
        case inaccessible
        case diskFull
        /// The file would exceed the limit of this process or of the file system.
        case fileTooLarge
        /// This process or the system has too many open files.
        case outOfFiles
        case outOfMemory
        /// The caller has cancelled the call.
        case stopped
    }

    public let code: Code
    /// A sentence without a full stop. It says what was found and, if there is a remedy, names it.
    public let reason: String
    /// The first stored row whose pixels may be wrong, from 0.
    public let row: Int?

    public init(_ code: Code, _ reason: String, row: Int? = nil) {
        self.code = code
        self.reason = reason
        self.row = row
    }

    /// The missing resource, if the same call may succeed later.
    public var shortage: Shortage? {
        switch code {
        case .diskFull: .disk
        case .outOfFiles: .files
        default: nil
        }
    }

    /// - Parameter shortage: the missing resource, if the error is transient.
    init(inaccessible reason: String, _ shortage: Shortage?) {
        let code: Code =
            switch shortage {
            case .disk: .diskFull
            case .files: .outOfFiles
            case .memory: .outOfMemory
            case nil: .inaccessible
            }
        self.init(code, reason)
    }
}

extension ImageFileError: CustomStringConvertible {
    public var description: String { row.map { "\(reason); the first damaged row is \($0)" } ?? reason }
}

extension ImageFileError {
    /// `nil` if the call succeeded.
    init?(_ status: twc_status) {
        let code: Code
        switch status.code {
        case TWC_OK: return nil
        case TWC_NOT_AN_IMAGE: code = .notAnImage
        case TWC_UNSUPPORTED: code = .unsupported
        case TWC_DAMAGED: code = .damaged
        case TWC_IO:
            code =
                switch status.system_error {
                case EFBIG: .fileTooLarge
                case let number: Shortage(errno: number) == .files ? .outOfFiles : .inaccessible
                }
        case TWC_DISK_FULL: code = .diskFull
        case TWC_OUT_OF_MEMORY: code = .outOfMemory
        case TWC_STOPPED: code = .stopped
        default: preconditionFailure("codec called incorrectly: \(status.text)")
        }
        self.init(code, status.text, row: status.row < 0 ? nil : Int(status.row))
    }
}

extension twc_status {
    /// Throws if the call has failed.
    func check() throws(ImageFileError) {
        if let error = ImageFileError(self) { throw error }
    }

    var text: String {
        var characters = reason
        return unsafe withUnsafeBytes(of: &characters) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

extension ImagingError {
    /// The error of a decoder.
    public init(undecodable error: ImageFileError) {
        self.init(
            .undecodable, "\(error)", shortage: error.shortage, isOutOfMemory: error.code == .outOfMemory,
            isFileTooLarge: error.code == .fileTooLarge)
    }

    /// The error of an encoder.
    public init(unencodable error: ImageFileError) {
        self.init(
            .unencodable, error.reason, shortage: error.shortage, isOutOfMemory: error.code == .outOfMemory,
            isFileTooLarge: error.code == .fileTooLarge)
    }
}
