internal import Glibc

/// A file mapped into memory, shared with the page cache; unmapped with its last reference.
@safe
final class FileMapping: @unchecked Sendable {
    // Sendable: the address and length never change. Who writes where is the users' agreement.
    let base: UnsafeMutableRawPointer
    let count: Int

    /// Maps a whole file for reading.
    /// - Parameter zeroed: the offset of a byte that is to read as 0. Its page becomes a copy in memory; the file stays
    ///   as it is.
    static func reading(path: String, zeroing zeroed: Int? = nil) throws(ImagingError) -> FileMapping {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(.undecodable, "cannot open \(path)", errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw .system(.undecodable, "cannot examine \(path)", errno: errno)
        }
        guard status.st_size > 0 else { throw ImagingError(.undecodable, "\(path) is empty") }
        let count = Int(status.st_size)
        guard let zeroed else {
            return try FileMapping(descriptor: descriptor, count: count, protection: PROT_READ, path: path)
        }
        guard (0..<count).contains(zeroed) else {
            throw ImagingError(.undecodable, "\(path) became shorter since its header was read")
        }
        // One page is copied, so no memory needs to be set aside for them all.
        let mapping = try FileMapping(
            descriptor: descriptor, count: count, protection: PROT_READ | PROT_WRITE,
            sharing: MAP_PRIVATE | MAP_NORESERVE, path: path)
        unsafe mapping.base.storeBytes(of: 0, toByteOffset: zeroed, as: UInt8.self)
        return mapping
    }

    /// Opens or makes a file of `count` bytes and maps it for reading and writing. The blocks are reserved at once: a
    /// disk that is too full says so here, not later as a bus error in the middle of a write through the mapping.
    static func writing(path: String, count: Int, creating: Bool) throws(ImagingError) -> FileMapping {
        let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC | (creating ? O_CREAT | O_TRUNC : 0), 0o640)
        guard descriptor >= 0 else { throw .system(.canvas, "cannot open \(path)", errno: errno) }
        defer { close(descriptor) }
        if creating {
            let result = posix_fallocate(descriptor, 0, count)
            guard result == 0 else {
                _ = unsafe unlink(path)
                throw .system(.canvas, "cannot reserve \(count) bytes for \(path)", errno: result)
            }
        } else {
            var status = stat()
            guard unsafe fstat(descriptor, &status) == 0, Int(status.st_size) == count else {
                throw ImagingError(.canvas, "\(path) has not the \(count) bytes that its image needs")
            }
        }
        return try FileMapping(descriptor: descriptor, count: count, protection: PROT_READ | PROT_WRITE, path: path)
    }

    private init(
        descriptor: Int32, count: Int, protection: Int32, sharing: Int32 = MAP_SHARED, path: String
    ) throws(ImagingError) {
        let address = unsafe mmap(nil, count, protection, sharing, descriptor, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw .system(.canvas, "cannot map \(path)", errno: errno)
        }
        unsafe base = address
        self.count = count
    }

    deinit { unsafe munmap(base, count) }
}
