internal import Glibc

extension OpenFile {
    /// Copies the input into an unnamed file, which can be read repeatedly and from any offset. The kernel frees its
    /// space with the last reference, however the process ends.
    /// - Parameters:
    ///   - folder: a folder on the disk for the copy.
    ///   - limit: the most bytes.
    ///   - check: called several times a second; if it throws, the wait ends with its error.
    public func spooled(in folder: RawPath, limit: Int, check: () throws -> Void) throws -> OpenFile {
        let copy = try Self.unnamed(in: folder)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var total = 0
        while true {
            try check()
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&wait, 1, 100) > 0, let count = try read(into: &buffer) else { continue }
            if count == 0 { break }
            total += count
            guard total <= limit else { throw FileError("it has more than \(limit) bytes, which is the limit") }
            try Self.write(buffer[..<count], to: copy)
        }
        return try OpenFile(reopening: copy)
    }

    /// Opens a file again after it was written, so that its facts are up to date.
    private convenience init(reopening file: OpenFile) throws(FileError) {
        let descriptor = fcntl(file.descriptor, F_DUPFD_CLOEXEC, 3)
        guard descriptor >= 0, lseek(descriptor, 0, SEEK_SET) == 0 else { throw .system(errno, "cannot open a copy") }
        try self.init(adopting: descriptor)
    }

    /// Creates an unnamed file with these bytes on the disk of `folder`. Only this user can read it. The kernel removes
    /// it with the last reference, however the process ends.
    public static func unnamed(in folder: RawPath, holding bytes: [UInt8]) throws(FileError) -> OpenFile {
        let file = try unnamed(in: folder)
        try write(bytes[...], to: file)
        return file
    }

    private static func unnamed(in folder: RawPath) throws(FileError) -> OpenFile {
        let descriptor: Int32
        do throws(UnnamedFile.Failure) {
            descriptor = try UnnamedFile.open(in: folder.bytes)
        } catch {
            throw .system(error.number, "cannot make a temporary file in \(folder)")
        }
        return try OpenFile(adopting: descriptor)
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to file: OpenFile) throws(FileError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file.descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system(errno, "cannot write to a temporary file") }
            rest = rest.dropFirst(count)
        }
    }
}
