internal import Glibc

/// An output that is no regular file: standard output, a pipe or a device.
public final class ByteSink: Sendable {
    private let descriptor: Int32
    private let name: String

    private init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    deinit { close(descriptor) }

    public static func standardOutput() throws(FileError) -> ByteSink {
        let descriptor = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
        guard descriptor >= 0 else { throw .system(errno, "cannot write to standard output") }
        return ByteSink(descriptor: descriptor, name: "standard output")
    }

    /// Opens a pipe or a device for writing. Waits until a pipe has a reader.
    /// - Parameter check: called several times a second; if it throws, the wait ends with its error.
    public static func open(_ path: RawPath, check: () throws -> Void) throws -> ByteSink {
        while true {
            try check()
            let flags = O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
            let descriptor = unsafe path.withCString { unsafe Glibc.open($0, flags) }
            if descriptor >= 0 { return ByteSink(descriptor: descriptor, name: "\(path)") }
            guard errno == ENXIO else { throw FileError.system(errno, "cannot write to \(path)") }
            usleep(50_000)
        }
    }

    /// Writes a whole file.
    /// - Parameter check: called several times a second; if it throws, the wait ends with its error.
    public func write(_ file: OpenFile, check: () throws -> Void) throws {
        // A pipe that is ready takes at least a page without blocking.
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            try check()
            guard let count = try file.read(into: &buffer) else { continue }
            if count == 0 { return }
            var rest = buffer[..<count]
            while !rest.isEmpty {
                try check()
                var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                guard unsafe poll(&wait, 1, 100) > 0 else { continue }
                let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
                if written < 0, errno == EAGAIN || errno == EINTR { continue }
                guard written >= 0 else { throw FileError.system(errno, "cannot write to \(name)") }
                rest = rest.dropFirst(written)
            }
        }
    }
}
