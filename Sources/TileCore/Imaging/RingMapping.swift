internal import Glibc

/// A file that is mapped into memory twice, the second time right behind the first: behind its last byte comes its first.
/// So each piece that is no longer than the file is one piece of memory, wherever it begins (a mirrored ring buffer).
@safe
final class RingMapping: @unchecked Sendable {
    // Sendable: the address and length never change. Who writes where is the users' agreement.
    let base: UnsafeMutableRawPointer
    /// Bytes of the file.
    let count: Int

    static var pageBytes: Int { Int(getpagesize()) }

    /// Maps an empty file. The space for its bytes is reserved at once, so that what is lacking shows here, not as a bus
    /// error in the middle of a write.
    /// - Precondition: `count` is of whole pages.
    init(_ file: OwnedDescriptor, count: Int) throws(ImagingError) {
        precondition(count > 0 && count % Self.pageBytes == 0, "a ring of \(count) bytes is not of whole pages")
        try FileMapping.reserve(count, of: file.number, "a ring of rows")
        // The place for both is taken first, so that nothing else comes between.
        let place = unsafe mmap(nil, 2 * count, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let place = unsafe place, unsafe place != MAP_FAILED else { throw Self.failure(errno) }
        for half in [0, count] {
            let address = unsafe mmap(
                place + half, count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file.number, 0)
            guard unsafe address == place + half else {
                let number = errno
                unsafe munmap(place, 2 * count)
                throw Self.failure(number)
            }
        }
        unsafe base = place
        self.count = count
    }

    private static func failure(_ number: Int32) -> ImagingError {
        .system(.canvas, "cannot map a ring of rows", errno: number)
    }

    // The mappings keep the file; its bytes are gone with them.
    deinit { unsafe MappedPages.unmap(base, count: 2 * count) }
}
