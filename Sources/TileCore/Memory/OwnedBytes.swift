internal import Glibc

/// Bytes on the heap with exactly one owner, from `malloc`.
///
/// Pixels travel in these. The owner can hand the memory to C code, such as librdkafka's producer, so a tile is never
/// copied between the cutter and the socket.
@safe
public struct OwnedBytes: ~Copyable {
    public let count: Int
    let base: UnsafeMutableRawPointer

    /// Allocates `count` bytes without clearing them.
    public init(count: Int) {
        precondition(count >= 0, "a buffer of \(count) bytes")
        // An empty allocation may be null. A single byte keeps `base` valid.
        guard let memory = unsafe malloc(max(1, count)) else { preconditionFailure("out of memory: \(count) bytes") }
        self.count = count
        unsafe base = memory
    }

    public init(copying bytes: some Collection<UInt8>) {
        self.init(count: bytes.count)
        unsafe UnsafeMutableRawBufferPointer(start: base, count: count).copyBytes(from: bytes)
    }

    /// Takes over memory that C code has allocated with `malloc`.
    init(adopting memory: UnsafeMutableRawPointer, count: Int) {
        unsafe base = memory
        self.count = count
    }

    /// Gives the memory away. The receiver of the pointer frees it.
    consuming func release() -> UnsafeMutableRawPointer {
        let memory = unsafe base
        discard self
        return unsafe memory
    }

    public func withBytes<R: ~Copyable, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
        try body(unsafe RawSpan(_unsafeStart: base, byteCount: count))
    }

    deinit { unsafe free(base) }
}

// The memory has one owner, so it can move between threads.
extension OwnedBytes: @unchecked Sendable {}

extension OwnedBytes {
    public init(copying bytes: RawSpan) {
        self.init(count: bytes.byteCount)
        unsafe bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe base.copyMemory(from: start, byteCount: source.count)
        }
    }
}

extension [UInt8] {
    /// A copy of borrowed bytes.
    public init(copying bytes: RawSpan) {
        self = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    }
}
