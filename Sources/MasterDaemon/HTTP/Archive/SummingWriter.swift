import HTTPTypes
import HummingbirdCore
import NIOCore
import Synchronization
import TileCodecs

/// The checksum of what went through a writer.
final class Sum: Sendable {
    private let crc = Mutex(CRC32())

    var value: UInt32 { crc.withLock { $0.value } }

    func add(_ buffer: ByteBuffer) {
        crc.withLock { $0.add(buffer.readableBytesUInt8Span) }
    }
}

/// Hands pieces on and sums them up. The end of a file is not that of the answer.
struct SummingWriter: ResponseBodyWriter {
    let writer: any ResponseBodyWriter
    let sum: Sum

    func write(_ buffer: ByteBuffer) async throws {
        sum.add(buffer)
        var writer = writer
        try await writer.write(buffer)
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
