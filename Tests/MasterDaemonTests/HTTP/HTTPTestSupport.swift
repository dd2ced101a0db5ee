import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

@testable import MasterDaemon

extension Response {
    func bodyText() async throws -> String {
        let (stream, bytes) = AsyncStream<ByteBuffer>.makeStream()
        try await body.write(StreamWriter(bytes: bytes))
        bytes.finish()
        var all = ByteBuffer()
        for await piece in stream { all.writeImmutableBuffer(piece) }
        return String(buffer: all)
    }
}

private struct StreamWriter: ResponseBodyWriter {
    let bytes: AsyncStream<ByteBuffer>.Continuation

    func write(_ buffer: ByteBuffer) async throws { bytes.yield(buffer) }
    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

/// A value encoded as in the API, as JSON objects, arrays, strings and numbers.
func json(_ value: some Encodable) async throws -> Any {
    let text = try await JSONBody.response(value).bodyText()
    return try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
}

/// The names of an object's fields.
func keys(_ value: Any) -> Set<String> { Set((value as? [String: Any] ?? [:]).keys) }
