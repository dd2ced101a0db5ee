import HTTPTypes
import HummingbirdCore
import NIOCore
import Synchronization
import TileCodecs

/// The running checksum of a file.
final class Checksum: Sendable {
    private let crc = Mutex(CRC32())

    var value: UInt32 { crc.withLock { $0.value } }

    func add(_ buffer: ByteBuffer) {
        crc.withLock { $0.add(buffer.readableBytesUInt8Span) }
    }
}

/// Forwards pieces to the answer, and adds them to the checksum. The end of a file does not end the answer.
struct ChecksumWriter: ResponseBodyWriter {
    let writer: any ResponseBodyWriter
    let sum: Checksum

    func write(_ buffer: ByteBuffer) async throws {
        sum.add(buffer)
        var writer = writer
        try await writer.write(buffer)
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
