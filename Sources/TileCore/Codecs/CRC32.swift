internal import CImageCodecs

/// The checksum of zip files, as zlib computes it (CRC-32 of ISO 3309).
public struct CRC32: Sendable {
    public private(set) var value: UInt32 = 0

    public init() {}

    public mutating func add(_ bytes: Span<UInt8>) {
        value = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe twc_crc32(value, buffer.baseAddress, buffer.count)
        }
    }
}
