internal import Glibc

/// A resource that a system call lacks now and may get later, so that a retry makes sense.
public enum Shortage: String, Sendable, Hashable, Codable {
    /// Space on the disk, or in its user's quota.
    case disk
    /// Descriptors, of this process or of the whole system.
    case files
    case memory

    /// - Parameter number: the value of `errno`. The result is `nil` if it is no shortage.
    public init?(errno number: Int32) {
        switch number {
        case ENOSPC, EDQUOT: self = .disk
        case EMFILE, ENFILE: self = .files
        case ENOMEM: self = .memory
        default: return nil
        }
    }
}
