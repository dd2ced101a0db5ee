import NIOCore
import Synchronization
import TileCore

/// One client of the live channel: the messages that it has not been sent yet.
final class EventSubscription: Sendable {
    /// Messages that may wait. They are shared between clients, so what waits costs little; who falls this far behind
    /// is not going to catch up.
    static let capacity = 256

    /// The job that is followed; `nil` for everything.
    let job: JobID?
    /// Ends when the master does, or when the client has fallen behind.
    let messages: AsyncStream<ByteBuffer>
    private let incoming: AsyncStream<ByteBuffer>.Continuation
    private let onOverflow: @Sendable () -> Void

    /// - Parameter onOverflow: called where the client has fallen behind.
    init(job: JobID?, onOverflow: @escaping @Sendable () -> Void) {
        self.job = job
        self.onOverflow = onOverflow
        (messages, incoming) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.capacity))
    }

    func send(_ message: ByteBuffer) {
        guard case .dropped = incoming.yield(message) else { return }
        incoming.finish()
        onOverflow()
    }

    func finish() { incoming.finish() }
}
