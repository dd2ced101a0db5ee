import Hummingbird
import NIOCore
import Synchronization

/// Limits the bytes of answers that wait in memory for slow clients: in all, and for one client. Answers from files do
/// not count, because they are read as the client receives them.
final class AnswerMemory: Sendable {
    /// Smaller answers are not counted.
    static let small = 64 << 10

    private let most: Int
    private let mostOfClient: Int
    private let use = Mutex(AnswerUse())

    /// - Parameters:
    ///   - most: bytes of all clients.
    ///   - mostOfClient: bytes of one key or, on an open master, of one address.
    init(most: Int = 256 << 20, mostOfClient: Int = 64 << 20) {
        self.most = most
        self.mostOfClient = mostOfClient
    }

    /// How many bytes wait now.
    var bytes: Int { use.withLock { $0.bytes } }

    /// Counts bytes until the returned object is released.
    /// - Throws: `ServiceError` with the code `busy` if a limit is exceeded.
    func take(_ bytes: Int, for client: String) throws(ServiceError) -> any AnyObject & Sendable {
        guard use.withLock({ $0.take(bytes, for: client, most: most, mostOfClient: mostOfClient) }) else {
            throw ServiceError(
                .busy, retryAfter: 5,
                "too many bytes of pictures wait to be received; receive the earlier answers first")
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

/// Bytes in use, by client. Pure.
private struct AnswerUse {
    private(set) var bytes = 0
    private var ofClient: [String: Int] = [:]

    /// An answer above a limit is accepted if it is the only one.
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
    /// Counts the bytes of an answer until it is sent.
    func counted(_ response: Response, in memory: AnswerMemory) throws(ServiceError) -> Response {
        guard let bytes = response.body.contentLength, bytes > AnswerMemory.small else { return response }
        let place = try memory.take(bytes, for: clientName)
        channel.triggerUserOutboundEvent(RequestEvent.hold(place), promise: nil)
        return response
    }
}

extension ResponseBody {
    private static var piece: Int { 64 << 10 }

    /// A body from bytes that several answers may share. It is sent in pieces as the client receives them, because TLS
    /// and HTTP/2 copy what they are given.
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
