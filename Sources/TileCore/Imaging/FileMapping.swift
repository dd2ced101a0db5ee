internal import Glibc

/// A file mapped into memory, shared with the page cache; unmapped with its last reference.
@safe
final class FileMapping: @unchecked Sendable {
    // Sendable: the address and length never change. Who writes where is the users' agreement.
    let base: UnsafeMutableRawPointer
    let count: Int

    /// Maps a whole file for reading.
    static func reading(path: String) throws(ImagingError) -> FileMapping {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(.undecodable, "cannot open \(path)", errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw .system(.undecodable, "cannot examine \(path)", errno: errno)
        }
        guard status.st_size > 0 else { throw ImagingError(.undecodable, "\(path) is empty") }
        return try FileMapping(descriptor: descriptor, count: Int(status.st_size), protection: PROT_READ, path: path)
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

    private init(descriptor: Int32, count: Int, protection: Int32, path: String) throws(ImagingError) {
        let address = unsafe mmap(nil, count, protection, MAP_SHARED, descriptor, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw .system(.canvas, "cannot map \(path)", errno: errno)
        }
        unsafe base = address
        self.count = count
    }

    deinit { unsafe munmap(base, count) }
}
