internal import Glibc

/// A file mapped into memory, shared with the page cache. It is unmapped with its last reference. Its pages in memory
/// are given back to the kernel continually (`MappedPages`).
@safe
final class FileMapping: @unchecked Sendable {
    // Sendable: the address and length never change. The users coordinate their writes.
    let base: UnsafeMutableRawPointer
    let count: Int
    /// `nil` if memory without a file is mapped.
    let file: OwnedDescriptor?

    /// The state of a file before it is mapped.
    enum Beginning: Equatable {
        /// It exists and has its bytes.
        case kept
        /// It is made, all zeros. An existing file is truncated.
        case new
        /// It exists, and its bytes from this one on become zeros. Its blocks and its pages in memory are reused.
        case cleared(from: Int)
    }

    /// Maps a file of `count` bytes for reading and writing. The blocks of a new or cleared file are reserved at once.
    /// So a full disk is reported here, not by a bus error in the middle of a write through the mapping.
    static func writing(path: String, count: Int, _ beginning: Beginning) throws(ImagingError) -> FileMapping {
        let flags = O_RDWR | O_CLOEXEC | (beginning == .new ? O_CREAT | O_TRUNC : 0)
        let descriptor = unsafe open(path, flags, 0o640)
        guard descriptor >= 0 else { throw .system(.canvas, "cannot open \(path)", errno: errno) }
        do throws(ImagingError) {
            return try writing(OwnedDescriptor(adopting: descriptor), path: path, count: count, beginning)
        } catch {
            if beginning == .new { _ = unsafe unlink(path) }
            throw error
        }
    }

    /// Makes a file of `count` bytes without a name, so that no other process can open or truncate it, and maps it as
    /// `writing(path:count:_:)` does. The file disappears with the mapping.
    static func unnamed(in folder: String, count: Int) throws(ImagingError) -> FileMapping {
        try writing(.unnamed(in: folder), path: "an unnamed file in \(folder)", count: count, .new)
    }

    /// Maps `count` bytes of memory, all zeros, without a file behind them.
    static func memory(count: Int) throws(ImagingError) -> FileMapping {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        let address = unsafe mmap(nil, count, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw .system(.canvas, "cannot map \(count) bytes of memory", errno: errno)
        }
        // With large pages, the first touches take a quarter of the time.
        unsafe madvise(address, count, MADV_HUGEPAGE)
        return unsafe FileMapping(memory: address, count: count)
    }

    /// The machine's memory, in bytes.
    static var memoryBytes: Int { sysconf(Int32(_SC_PHYS_PAGES)) * Int(getpagesize()) }

    private init(memory: UnsafeMutableRawPointer, count: Int) {
        unsafe base = memory
        self.count = count
        file = nil
        // Its pages are never given back, because no file has their bytes.
    }

    /// Maps a file that is open for reading and writing.
    static func writing(
        _ file: OwnedDescriptor, path: String, count: Int, _ beginning: Beginning
    ) throws(ImagingError) -> FileMapping {
        switch beginning {
        case .kept: try check(count, of: file.number, path)
        case .new: try reserve(count, of: file.number, path)
        case .cleared:
            guard ftruncate(file.number, count) == 0 else {
                throw .system(.canvas, "cannot make \(path) \(count) bytes long", errno: errno)
            }
            try reserve(count, of: file.number, path)
        }
        let mapping = try FileMapping(file, count: count, path: path)
        if case .cleared(let start) = beginning {
            let error = mapping.clear(start..<count)
            guard error == 0 else { throw .system(.canvas, "cannot write \(path)", errno: error) }
        }
        return mapping
    }

    private static func check(_ count: Int, of descriptor: Int32, _ path: String) throws(ImagingError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, Int(status.st_size) == count else {
            throw ImagingError(.canvas, "\(path) does not have the \(count) bytes of its image")
        }
    }

    static func reserve(_ count: Int, of descriptor: Int32, _ path: String) throws(ImagingError) {
        var result = EINTR
        while result == EINTR { result = posix_fallocate(descriptor, 0, count) }
        guard result != 0 else { return }
        let what = "cannot reserve \(count) bytes for \(path)"
        var disk = statvfs()
        if result == ENOSPC, unsafe fstatvfs(descriptor, &disk) == 0, UInt(count) / disk.f_frsize >= disk.f_blocks {
            // Freeing space would not help.
            throw ImagingError(.canvas, "\(what): the whole disk has no more than \(disk.f_blocks * disk.f_frsize)")
        }
        throw .system(.canvas, what, errno: result)
    }

    private init(_ file: OwnedDescriptor, count: Int, path: String) throws(ImagingError) {
        let address = unsafe mmap(nil, count, PROT_READ | PROT_WRITE, MAP_SHARED, file.number, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw .system(.canvas, "cannot map \(path)", errno: errno)
        }
        unsafe base = address
        self.count = count
        self.file = file
        MappedPages.watch(self)
    }

    /// Writes bytes into the file without the mapping. Through the mapping, a page that the kernel does not have in
    /// memory yet would cost three times as much.
    /// - Returns: 0, or an `errno`.
    func write(_ bytes: UnsafeRawPointer, count: Int, at start: Int) -> Int32 {
        guard let file else {
            unsafe (base + start).copyMemory(from: bytes, byteCount: count)
            return 0
        }
        return unsafe Self.write(bytes, count: count, into: file.number, at: start)
    }

    private static func write(
        _ bytes: UnsafeRawPointer, count: Int, into descriptor: Int32, at start: Int
    ) -> Int32 {
        var done = 0
        while done < count {
            let written = unsafe pwrite(descriptor, bytes + done, count - done, off_t(start + done))
            if written < 0, errno != EINTR { return errno }
            done += max(0, written)
        }
        return 0
    }

    /// Writes zeros into the file without the mapping. Does nothing for memory, which is all zeros before its first
    /// use.
    /// - Returns: 0, or an `errno`.
    func clear(_ bytes: Range<Int>) -> Int32 {
        guard let file else { return 0 }
        return Self.clear(bytes, of: file.number)
    }

    private static func clear(_ bytes: Range<Int>, of descriptor: Int32) -> Int32 {
        guard let zeros else { return ENOMEM }
        for start in stride(from: bytes.lowerBound, to: bytes.upperBound, by: zeros.count) {
            let count = min(zeros.count, bytes.upperBound - start)
            let error = unsafe write(zeros.base, count: count, into: descriptor, at: start)
            guard error == 0 else { return error }
        }
        return 0
    }

    /// Writes zeros into a file that is not mapped here.
    static func clear(path: String, _ bytes: Range<Int>) throws(ImagingError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(.canvas, "cannot open \(path)", errno: errno) }
        defer { close(descriptor) }
        let error = clear(bytes, of: descriptor)
        guard error == 0 else { throw .system(.canvas, "cannot write \(path)", errno: error) }
    }

    /// Enough zeros to make the kernel use large pages for a file. They are only read, so they take no memory.
    private static let zeros = try? memory(count: 4 << 20)

    /// Drops the file's pages from this process's memory. When a thread touches a page next, it is back with the same
    /// contents.
    func giveBack() { _ = unsafe madvise(base, count, MADV_DONTNEED) }

    deinit { unsafe MappedPages.unmap(base, count: count, closing: file) }
}
