import Hummingbird
import NIOCore

extension RequestBody {
    /// The whole body of a request that needs only a few bytes.
    func small() async throws -> ByteBuffer {
        let most = 16 << 10
        var all = ByteBuffer()
        for try await piece in self {
            guard all.readableBytes + piece.readableBytes <= most else {
                throw ServiceError(.tooManyBytes, "the body has more than \(most) bytes, which is the limit here")
            }
            all.writeImmutableBuffer(piece)
        }
        return all
    }
}
