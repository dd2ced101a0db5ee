import Hummingbird
import NIOCore

/// What whoever answers a request tells its connection, as an outbound event of the channel.
enum RequestEvent: Sendable {
    /// The body is read from now on.
    /// - Parameter length: its bytes, if it may be sent far ahead: by a client that was let in and has said how many come.
    case bodyIsRead(length: Int?)
    /// Something is in use until the answer has left, or the connection has ended.
    case hold(any AnyObject & Sendable)
}

/// A body that says when it is first asked for.
struct AnnouncedBody: AsyncSequence, Sendable {
    let body: RequestBody
    /// Called before the first piece is waited for.
    let announce: @Sendable () -> Void

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var body: RequestBody.AsyncIterator
        fileprivate var announce: (@Sendable () -> Void)?

        mutating func next() async throws -> ByteBuffer? {
            announce?()
            announce = nil
            return try await body.next()
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body: body.makeAsyncIterator(), announce: announce) }
}
