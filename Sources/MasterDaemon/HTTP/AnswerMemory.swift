import Hummingbird
import NIOCore
import Synchronization

/// How many bytes of answers may wait in memory for clients who take them slowly, in all and for one client. What comes
/// from the disk is read as it is taken, and does not count.
final class AnswerMemory: Sendable {
    /// Smaller answers do not count.
    static let small = 64 << 10

    private let most: Int
    private let mostOfClient: Int
    private let use = Mutex(AnswerUse())

    /// - Parameters:
    ///   - most: bytes in all.
    ///   - mostOfClient: bytes for one key or, of a master without keys, one address.
    init(most: Int = 256 << 20, mostOfClient: Int = 64 << 20) {
        self.most = most
        self.mostOfClient = mostOfClient
    }

    /// Bytes that wait.
    var bytes: Int { use.withLock { $0.bytes } }

    /// Counts bytes until what is returned is given up.
    /// - Throws: `ServiceError` with the code `busy` if there are too many.
    func take(_ bytes: Int, for client: String) throws(ServiceError) -> any AnyObject & Sendable {
        guard use.withLock({ $0.take(bytes, for: client, most: most, mostOfClient: mostOfClient) }) else {
            throw ServiceError(
                .busy, retryAfter: 5,
                "too many bytes of pictures wait for clients to take them; take those that were asked for first")
        }
        return Place(memory: self, client: client, bytes: bytes)
    }

    private final class Place: Sendable {
        private let memory: AnswerMemory
        private let client: String
        private let bytes: Int

        init(memory: AnswerMemory, client: String, bytes: Int) {
            self.memory = memory
            self.client = client
            self.bytes = bytes
        }

        deinit { memory.use.withLock { $0.give(bytes, of: client) } }
    }
}

/// Who has how many bytes. Pure.
private struct AnswerUse {
    private(set) var bytes = 0
    private var ofClient: [String: Int] = [:]

    /// An answer that is larger than all of a client's share is given if it is the only one.
    mutating func take(_ count: Int, for client: String, most: Int, mostOfClient: Int) -> Bool {
        let own = ofClient[client] ?? 0
        guard own == 0 || own + count <= mostOfClient, bytes == 0 || bytes + count <= most else { return false }
        bytes += count
        ofClient[client] = own + count
        return true
    }

    mutating func give(_ count: Int, of client: String) {
        bytes -= count
        let own = (ofClient[client] ?? 0) - count
        ofClient[client] = own > 0 ? own : nil
    }
}

extension MasterContext {
    /// Counts the bytes of an answer until they have left.
    func counted(_ response: Response, in memory: AnswerMemory) throws(ServiceError) -> Response {
        guard let bytes = response.body.contentLength, bytes > AnswerMemory.small else { return response }
        let place = try memory.take(bytes, for: clientName)
        channel.triggerUserOutboundEvent(RequestEvent.hold(place), promise: nil)
        return response
    }
}

extension ResponseBody {
    private static var piece: Int { 64 << 10 }

    /// Bytes that several answers may share. They are given to the connection piece by piece, as the client takes them:
    /// what TLS and HTTP/2 make of them are copies.
    init(shared bytes: ByteBuffer) {
        self.init(contentLength: bytes.readableBytes) { writer in
            var rest = bytes
            while let piece = rest.readSlice(length: min(Self.piece, rest.readableBytes)), piece.readableBytes > 0 {
                try await writer.write(piece)
            }
            try await writer.finish(nil)
        }
    }
}
