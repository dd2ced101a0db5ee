internal import Glibc

/// What a system call lacks now and may get later, so that whoever needs it tries again.
public enum Shortage: String, Sendable, Hashable, Codable {
    /// Space on the disk, or in its user's quota.
    case disk
    /// Descriptors, of this process or of the whole system.
    case files
    case memory

    /// - Parameter number: what `errno` was; `nil` if it stands for no shortage.
    public init?(errno number: Int32) {
        switch number {
        case ENOSPC, EDQUOT: self = .disk
        case EMFILE, ENFILE: self = .files
        case ENOMEM: self = .memory
        default: return nil
        }
    }
}
