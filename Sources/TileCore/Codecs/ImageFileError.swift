internal import CImageCodecs
internal import Glibc
public import TileCore

/// Why an image file cannot be read or written: what kind of trouble, and a sentence that a person can act on.
public struct ImageFileError: Error, Sendable, Hashable, Codable {
    /// The kinds of trouble a file can be in.
    public enum Code: String, Sendable, Hashable, Codable, CaseIterable {
        /// The file begins like none of the formats that Tilework reads.
        case notAnImage
        /// The file may be sound, but is of a kind that is refused by name.
        case unsupported
        /// The file contradicts itself, or data is missing.
        case damaged
        /// The file cannot be read or written at all.
        case inaccessible
        case diskFull
        /// A file would become larger than this process, or the file system, lets it be.
        case fileTooLarge
        /// This process, or the system, has too many files open.
        case outOfFiles
        case outOfMemory
        /// Whoever asked does not want it any more.
        case stopped
    }

    public let code: Code
    /// A sentence without the full stop; it names what was found and, if there is one, the way out.
    public let reason: String
    /// The first stored row whose pixels are not to be trusted, from 0.
    public let row: Int?

    public init(_ code: Code, _ reason: String, row: Int? = nil) {
        self.code = code
        self.reason = reason
        self.row = row
    }

    /// What was lacking, if the same may work later.
    public var shortage: Shortage? {
        switch code {
        case .diskFull: .disk
        case .outOfFiles: .files
        default: nil
        }
    }

    /// - Parameter shortage: why the file cannot be read or written, if that may pass.
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
    /// `nil` if the call went well.
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
        default: preconditionFailure("a codec was called wrongly: \(status.text)")
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
    /// What a decoder says, as an error of pixels.
    public init(undecodable error: ImageFileError) {
        self.init(
            .undecodable, "\(error)", shortage: error.shortage, isOutOfMemory: error.code == .outOfMemory,
            isFileTooLarge: error.code == .fileTooLarge)
    }

    /// What an encoder says.
    public init(unencodable error: ImageFileError) {
        self.init(
            .unencodable, error.reason, shortage: error.shortage, isOutOfMemory: error.code == .outOfMemory,
            isFileTooLarge: error.code == .fileTooLarge)
    }
}
