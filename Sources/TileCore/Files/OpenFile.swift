internal import Glibc

/// A file that is open for reading; closed with its last reference.
public final class OpenFile: Sendable {
    let descriptor: Int32
    public let facts: FileFacts

    /// A path by which this process can open the file again, even if it was renamed or removed.
    public var path: String { "/proc/self/fd/\(descriptor)" }

    /// Such a path for other processes of this user.
    public var pathForChildren: String { "/proc/\(getpid())/fd/\(descriptor)" }

    /// Opens the file at `path`, following links. Does not wait for the writer of a pipe.
    public convenience init(_ path: RawPath) throws(FileError) {
        let descriptor = unsafe path.withCString { unsafe open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
        guard descriptor >= 0 else { throw .system(errno, "cannot open \(path)") }
        try self.init(adopting: descriptor)
    }

    /// Takes over a descriptor, and closes it even if this throws.
    init(adopting descriptor: Int32) throws(FileError) {
        self.descriptor = descriptor
        do throws(FileError) {
            facts = try FileFacts.of(descriptor: descriptor)
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Opens the file that standard input is connected to.
    public static func standardInput() throws(FileError) -> OpenFile {
        let descriptor = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
        guard descriptor >= 0 else { throw .system(errno, "cannot open standard input") }
        return try OpenFile(adopting: descriptor)
    }

    deinit { close(descriptor) }

    public var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Whether the whole file can be read by `path`. False for pipes, partly read files, and files that this user may
    /// not open.
    public var canBeReopened: Bool {
        guard facts.kind == .file, lseek(descriptor, 0, SEEK_CUR) == 0 else { return false }
        let again = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard again >= 0 else { return false }
        close(again)
        return true
    }

    /// Reads the available bytes, at most as many as `buffer` holds.
    /// - Returns: the number of bytes; 0 at the end, `nil` if no bytes are available yet.
    func read(into buffer: inout [UInt8]) throws(FileError) -> Int? {
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
        if count >= 0 { return count }
        guard errno == EAGAIN || errno == EINTR else { throw .system(errno, "cannot read") }
        return nil
    }
}
