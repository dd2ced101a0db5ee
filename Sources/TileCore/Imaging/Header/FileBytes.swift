internal import Glibc

/// In which order a file stores the bytes of a number.
enum ByteOrder {
    case little, big
}

/// The bytes of a regular file by offset. Every read is checked against the file's size, so that a parser may follow
/// any number it finds in the file.
///
/// Owns the file descriptor. Memory is one window of the file and what the caller asks for by `bytes(at:count:)`.
struct FileBytes: ~Copyable {
    /// Bytes in the file when it was opened.
    let size: Int
    private let descriptor: CInt
    private var window: [UInt8] = []
    private var windowStart = 0

    /// A header is a few jumps with small reads; a search goes through all bytes.
    private static let jumpWindow = 4096
    private static let searchWindow = 256 * 1024

    init(path: String) throws(ImageHeaderError) {
        // O_NONBLOCK: opening a pipe that nobody writes to must not hang.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadable("the file cannot be opened: \(systemErrorText(errno))") }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .unreadable("the path does not lead to a regular file")
        }
        self.descriptor = descriptor
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// Throws `.truncated` unless the file holds `count` bytes from `offset` on.
    func require(_ count: Int, at offset: Int, for part: String) throws(ImageHeaderError) {
        guard offset >= 0, count >= 0, count <= size, offset <= size - count else {
            throw .truncated("the file is cut off: it ends after \(size) bytes, before the end of \(part)")
        }
    }

    /// - Parameter count: the caller bounds it; the file's size does too.
    mutating func bytes(at offset: Int, count: Int, of part: String) throws(ImageHeaderError) -> [UInt8] {
        try require(count, at: offset, for: part)
        try fill(from: offset, atLeast: count, windowSize: Self.jumpWindow)
        return Array(window[(offset - windowStart)..<(offset - windowStart + count)])
    }

    mutating func byte(at offset: Int) throws(ImageHeaderError) -> UInt8 {
        UInt8(truncatingIfNeeded: try integer(at: offset, bytes: 1, .little))
    }

    mutating func uint16(at offset: Int, _ order: ByteOrder) throws(ImageHeaderError) -> Int {
        Int(truncatingIfNeeded: try integer(at: offset, bytes: 2, order))
    }

    mutating func uint32(at offset: Int, _ order: ByteOrder) throws(ImageHeaderError) -> Int {
        Int(truncatingIfNeeded: try integer(at: offset, bytes: 4, order))
    }

    mutating func integer(at offset: Int, bytes count: Int, _ order: ByteOrder) throws(ImageHeaderError) -> UInt64 {
        try require(count, at: offset, for: "its header")
        try fill(from: offset, atLeast: count, windowSize: Self.jumpWindow)
        return window[(offset - windowStart)..<(offset - windowStart + count)].integer(order)
    }

    /// The offset of the first byte of this value at or after `offset`; `nil` when there is none.
    mutating func firstOffset(of value: UInt8, from offset: Int) throws(ImageHeaderError) -> Int? {
        var position = max(0, offset)
        while position < size {
            try fill(from: position, atLeast: 1, windowSize: Self.searchWindow)
            if let index = window[(position - windowStart)...].firstIndex(of: value) { return windowStart + index }
            position = windowStart + window.count
        }
        return nil
    }

    /// Makes the window hold `count` bytes from `offset` on, which the caller has checked to be in the file.
    private mutating func fill(from offset: Int, atLeast count: Int, windowSize: Int) throws(ImageHeaderError) {
        if offset >= windowStart, offset + count <= windowStart + window.count { return }
        var block = [UInt8](repeating: 0, count: min(max(windowSize, count), size - offset))
        var filled = 0
        while filled < block.count {
            let got = unsafe block.withUnsafeMutableBytes { buffer in
                unsafe pread(
                    descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled, off_t(offset + filled))
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .unreadable("the file cannot be read: \(systemErrorText(errno))") }
            guard got > 0 else { throw .truncated("the file became shorter while it was being read") }
            filled += got
        }
        window = block
        windowStart = offset
    }
}

extension ArraySlice<UInt8> {
    /// All bytes as one number; at most eight of them count.
    func integer(_ order: ByteOrder) -> UInt64 {
        var value: UInt64 = 0
        switch order {
        case .little: for byte in reversed() { value = value << 8 | UInt64(byte) }
        case .big: for byte in self { value = value << 8 | UInt64(byte) }
        }
        return value
    }
}
