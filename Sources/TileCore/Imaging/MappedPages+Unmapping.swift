internal import Dispatch
internal import Glibc

extension MappedPages {
    /// To free the pages of a large file takes milliseconds, which whoever lets go of it last does not have. Tests hold it
    /// up, and wait for it.
    static let closing = DispatchQueue(label: "tilework.closing")

    /// Unmaps memory that nobody uses any more, on a thread for that if the process may have one.
    /// - Parameter file: closed afterwards.
    static func unmap(_ base: UnsafeMutableRawPointer, count: Int, closing file: OwnedDescriptor? = nil) {
        guard !isWithoutThread else {
            unsafe munmap(base, count)
            return
        }
        let address = UInt(bitPattern: base)
        closing.async {
            unsafe munmap(UnsafeMutableRawPointer(bitPattern: address), count)
            withExtendedLifetime(file) {}
        }
    }
}
