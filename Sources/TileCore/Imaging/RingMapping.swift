internal import Glibc

/// A file that is mapped into memory twice, the second time directly behind the first: a mirrored ring buffer. Its
/// first byte follows its last byte. So any piece that is not longer than the file is contiguous in memory.
@safe
final class RingMapping: @unchecked Sendable {
    // Sendable: the address and length never change. The users coordinate their writes.
    let base: UnsafeMutableRawPointer
    /// The size of the file in bytes.
    let count: Int

    static var pageBytes: Int { Int(getpagesize()) }

    /// Maps an empty file. Its space is reserved at once. So a shortage is reported here, not by a bus error in the
    /// middle of a write.
    /// - Precondition: `count` is a multiple of the page size.
    init(_ file: OwnedDescriptor, count: Int) throws(ImagingError) {
        precondition(count > 0 && count % Self.pageBytes == 0, "a ring of \(count) bytes is not of whole pages")
        try FileMapping.reserve(count, of: file.number, "a ring of rows")
        // Reserves the addresses of both mappings first, so that no other mapping takes one of them meanwhile.
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

    // The mappings keep the file. Its bytes disappear with them.
    deinit { unsafe MappedPages.unmap(base, count: 2 * count) }
}
