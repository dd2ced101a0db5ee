internal import Glibc

/// Files without a name. They take space on their disk until the last descriptor and mapping is closed, however the
/// process ends.
enum UnnamedFile {
    /// Why the file could not be made.
    struct Failure: Error {
        /// The value of `errno`.
        let number: Int32
    }

    /// The kernel's `__O_TMPFILE`. The C library's headers define it by a macro that Swift cannot import.
    private static let temporary: Int32 = 0o20_000_000 | O_DIRECTORY

    /// Makes an empty file on the disk of a folder, for reading and writing. Only its owner can read it.
    /// - Parameter folder: the bytes of its path.
    /// - Returns: its descriptor, which belongs to the caller.
    static func open(in folder: some Sequence<UInt8>) throws(Failure) -> Int32 {
        let path = folder.map { CChar(truncatingIfNeeded: $0) } + [0]
        let descriptor = unsafe Glibc.open(path, temporary | O_RDWR | O_CLOEXEC, 0o600)
        if descriptor >= 0 { return descriptor }
        // Kernels that do not know the flag answer EISDIR.
        guard errno == EOPNOTSUPP || errno == EISDIR else { throw Failure(number: errno) }
        return try openAndUnlink(in: folder)
    }

    /// The same for file systems that only have files with names: the file has a random name for a moment.
    static func openAndUnlink(in folder: some Sequence<UInt8>) throws(Failure) -> Int32 {
        let start = Array(folder)
        while true {
            let name = "/.tilework-unnamed-\(UInt64.random(in: 0...UInt64.max))"
            let path = (start + Array(name.utf8)).map { CChar(truncatingIfNeeded: $0) } + [0]
            let descriptor = unsafe Glibc.open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
            if descriptor >= 0 {
                _ = unsafe unlink(path)
                return descriptor
            }
            guard errno == EEXIST else { throw Failure(number: errno) }
        }
    }
}
