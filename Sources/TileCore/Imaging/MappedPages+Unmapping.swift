internal import Dispatch
internal import Glibc

extension MappedPages {
    /// Freeing the pages of a large file takes milliseconds, so it does not happen on the thread that releases the last
    /// reference. Tests suspend this queue, and wait for it.
    static let closing = DispatchQueue(label: "tilework.closing")

    /// Unmaps memory that is not used any more: on the queue `closing`, or at once if the process may have no other
    /// thread.
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
