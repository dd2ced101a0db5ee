import Hummingbird
import NIOCore

/// Messages of a request's handler to its connection, sent as outbound events of the channel.
enum RequestEvent: Sendable {
    /// The body is read from now on.
    /// - Parameter length: the length of the body in bytes, if the body may have a large window, which requires an
    ///   admitted client and an announced length; otherwise `nil`.
    case bodyIsRead(length: Int?)
    /// Keeps an object until the answer is sent, or the connection has ended.
    case hold(any AnyObject & Sendable)
}

/// A body that calls a closure when its reading begins.
struct AnnouncedBody: AsyncSequence, Sendable {
    let body: RequestBody
    /// Called before the first piece is awaited.
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
