import Foundation
import SystemPackage
import TileCodecs
import TileCore

extension ServiceError {
    /// The error of a request that failed because of a transient shortage; `nil` for any other error.
    /// - Parameter what: what could not be done; by default the reason of `error`.
    init?(shortageIn error: any Error, _ what: String? = nil) {
        if let error = error as? ServiceError {
            guard error.isTransient else { return nil }
            self = error
            return
        }
        guard let (shortage, reason) = Self.shortage(in: error) else { return nil }
        self =
            switch shortage {
            case .disk: .diskFull(what ?? reason)
            case .files: ServiceError(.notReady, "too many files are open here now: \(what ?? reason)")
            case .memory: ServiceError(.notReady, "there is not enough memory now: \(what ?? reason)")
            }
    }

    private static func shortage(in error: any Error) -> (Shortage, reason: String)? {
        switch error {
        case let error as ImagingError: error.shortage.map { ($0, error.reason) }
        case let error as ImageFileError: error.shortage.map { ($0, error.reason) }
        case let error as FileError: Shortage(errno: error.number).map { ($0, error.reason) }
        case let error as Errno: Shortage(errno: error.rawValue).map { ($0, "\(error)") }
        case let error as POSIXError: Shortage(errno: error.code.rawValue).map { ($0, error.localizedDescription) }
        case let error as CocoaError:
            error.underlying.flatMap(shortage(in:))
                ?? (error.code == .fileWriteOutOfSpace ? (.disk, error.localizedDescription) : nil)
        default: nil
        }
    }
}
