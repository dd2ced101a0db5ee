import DequeModule
import TileCore

extension JobMachine {
    typealias Request = (command: Command, ticket: Int)

    /// What the machine knows of one job.
    struct Entry: Sendable {
        enum RowState: Sendable {
            case unread
            /// As somebody has read it some time ago. It is good enough to begin a run, whose transition finds out, but
            /// not to answer a request.
            case told(Row)
            case known(Row)
            /// This master has deleted it; its files are still to go.
            case gone
            /// There is none.
            case absent
        }

        enum Wait: Sendable, Equatable {
            case none, queued
            /// With the number of the pause.
            case paused(Int)

            var isPause: Bool { if case .paused = self { true } else { false } }
        }

        /// Whether the files of a job that is to be deleted go before its row, since the disk is full.
        enum EarlyRemoval: Sendable { case notBegun, first, made }

        var row: RowState
        /// The row is being read or changed. One at a time, so that the row is always known in between.
        var access: Access?
        /// Its files, or its canvases alone.
        var isRemovingFiles = false
        var removal = EarlyRemoval.notBegun
        /// The first one is being done.
        var requests: Deque<Request> = []
        var run: ActiveRun?
        /// The ticket of the deletion that waits until the files are gone.
        var deletion: Int?
        /// What an unfinished job without a run waits for.
        var wait = Wait.none
        /// Why the job cannot go on; the last attempt's.
        var lastError: TransientError?
        /// Before the next attempt, twice as long each time.
        var pause = JobMachine.firstPause
        /// Why the job has failed, until the row says so.
        var failure: String?

        init(row: RowState) { self.row = row }

        /// The row, as far as it is known.
        var known: Row? {
            switch row {
            case .told(let row), .known(let row): row
            case .unread, .gone, .absent: nil
            }
        }

        /// Whether a run is that of the row, or has brought it to its end.
        func isCurrent(_ run: ActiveRun) -> Bool {
            guard case .known(let row) = row, row.generation == run.generation else { return false }
            return row.status == .processing || row.status == .completed && run.next == .tidy
        }

        mutating func clearError() {
            lastError = nil
            failure = nil
            wait = .none
            pause = JobMachine.firstPause
        }
    }

    /// Before a job that cannot go on is tried again for the first time.
    static let firstPause = Duration.milliseconds(500)

    /// An access to the row that is under way.
    struct Access: Sendable {
        /// `nil` for a reading.
        var transition: Transition?
        /// Of the request that it is for.
        var ticket: Int?
    }

    /// A run that has a place.
    struct ActiveRun: Sendable {
        let generation: Int
        /// The step that is under way.
        var step: Step?
        /// The step that is under way, was the last, or is to be begun.
        var next = Step.render
        /// How the last step ended; `nil` if `next` is to be begun.
        var outcome: Outcome?
        var isCancelled = false

        init(generation: Int) { self.generation = generation }
    }
}
