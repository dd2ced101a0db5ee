internal import Glibc

/// A file that an option or a variable names: a certificate, a key, a file of properties.
public enum NamedFile {
    /// The maximum size of such a file.
    static let mostBytes = 16 << 20

    /// Reads the whole file. Can wait for a disk.
    /// - Throws: if the file cannot be read. The error names the reason and this process's user.
    public static func bytes(of path: String) throws(FileError) -> [UInt8] {
        let raw = RawPath(path)
        let descriptor = unsafe raw.withCString { unsafe open($0, O_RDONLY | O_CLOEXEC | O_NOCTTY) }
        guard descriptor >= 0 else { throw readError(of: raw, errno) }
        let file = OwnedDescriptor(adopting: descriptor)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe read(file.number, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw readError(of: raw, errno)
            }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= mostBytes else {
                throw FileError("\(raw) cannot be read: it has more than \(mostBytes >> 20) MiB", number: EFBIG)
            }
        }
    }

    /// The error for a file that cannot be opened or read.
    static func readError(of path: RawPath, _ number: Int32) -> FileError {
        let why = FileObstacle.find(at: path, for: .read)?.description ?? systemErrorText(number)
        return FileError("\(path) cannot be read: \(why)", number: number)
    }
}
