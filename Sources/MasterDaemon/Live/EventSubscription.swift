import NIOCore
import Synchronization
import TileCore

/// One client of the live channel: the messages that it has not been sent yet.
final class EventSubscription: Sendable {
    /// Messages that may wait: some seconds of the busiest fleet. They are shared between clients, so what waits costs
    /// little; a client that falls further behind is not going to catch up.
    static let capacity = 2048

    /// Why there are no more messages.
    enum Ending: Sendable {
        case masterEnds
        /// What has happened cannot be read at the moment.
        case internalError
    }

    /// The job that is followed; `nil` for everything.
    let job: JobID?
    /// Whose jobs alone are told of; `nil` for all.
    let onlyOwner: String?
    let messages: AsyncStream<ByteBuffer>
    private let incoming: AsyncStream<ByteBuffer>.Continuation
    private let onOverflow: @Sendable () -> Void
    private let reason = Mutex(Ending.masterEnds)

    /// - Parameter onOverflow: called if the client has fallen behind.
    init(job: JobID?, onlyOwner: String? = nil, onOverflow: @escaping @Sendable () -> Void) {
        self.job = job
        self.onlyOwner = onlyOwner
        self.onOverflow = onOverflow
        (messages, incoming) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.capacity))
    }

    /// Why `messages` has ended.
    var ending: Ending { reason.withLock { $0 } }

    /// Whether it is to hear of a job.
    func concerns(_ job: JobID, of owner: String?) -> Bool {
        (self.job == nil || self.job == job) && (onlyOwner == nil || onlyOwner == owner)
    }

    func send(_ message: ByteBuffer) {
        guard case .dropped = incoming.yield(message) else { return }
        incoming.finish()
        onOverflow()
    }

    func finish(_ ending: Ending) {
        reason.withLock { $0 = ending }
        incoming.finish()
    }
}
