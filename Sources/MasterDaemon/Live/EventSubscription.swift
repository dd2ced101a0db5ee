import NIOCore
import Synchronization
import TileCore

/// The queue of messages for one client of the live channel.
final class EventSubscription: Sendable {
    /// The maximum number of queued messages: some seconds of a very busy fleet. Clients share messages, so the queue costs
    /// little. A client that falls further behind would not catch up.
    static let capacity = 2048

    /// Why the messages have ended.
    enum Ending: Sendable {
        case masterEnds
        /// The database cannot be read, or the client's snapshot cannot be made.
        case internalError
    }

    /// The job that is followed; `nil` for everything.
    let job: JobID?
    /// The owner whose jobs are sent; `nil` for all jobs.
    let onlyOwner: String?
    let messages: AsyncStream<ByteBuffer>
    private let incoming: AsyncStream<ByteBuffer>.Continuation
    private let onOverflow: @Sendable () -> Void
    private let reason = Mutex(Ending.masterEnds)

    /// - Parameter onOverflow: called once the queue is full.
    init(job: JobID?, onlyOwner: String? = nil, onOverflow: @escaping @Sendable () -> Void) {
        self.job = job
        self.onlyOwner = onlyOwner
        self.onOverflow = onOverflow
        (messages, incoming) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.capacity))
    }

    /// Why `messages` has ended.
    var ending: Ending { reason.withLock { $0 } }

    /// Whether the client gets messages about a job.
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
