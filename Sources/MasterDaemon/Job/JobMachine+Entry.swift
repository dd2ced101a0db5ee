import DequeModule
import TileCore

extension JobMachine {
    typealias Request = (command: Command, ticket: Int)

    /// The machine's knowledge of one job.
    struct Entry: Sendable {
        enum RowState: Sendable {
            case unread
            /// Read by another part of the master some time ago. A run may begin with it, because the transition checks
            /// the row. A request needs a row that was read since.
            case unconfirmed(Row)
            case known(Row)
            /// This master has deleted the row. The files are still to be removed.
            case deleted
            /// The row does not exist.
            case absent
        }

        enum Wait: Sendable, Equatable {
            case none, queued
            /// The number identifies the pause.
            case paused(Int)

            var isPause: Bool { if case .paused = self { true } else { false } }
        }

        /// The removal of a deleted job's files before its row, which a full disk makes necessary.
        enum EarlyRemoval: Sendable {
            case notBegun
            /// The files have to be removed first.
            case first
            /// The files are removed. The row still has to be deleted.
            case made
        }

        var row: RowState
        /// The read or change of the row that is under way. There is one at a time, so each begins with a known row.
        var access: Access?
        /// Whether the job's files, or only its canvases, are being removed.
        var isRemovingFiles = false
        var removal = EarlyRemoval.notBegun
        /// The waiting requests. The first one is being executed.
        var requests: Deque<Request> = []
        var run: ActiveRun?
        /// The ticket of the deletion that waits for the removal of the files.
        var deletion: Int?
        /// What an unfinished job without a run waits for.
        var wait = Wait.none
        /// Why the last attempt was blocked.
        var lastError: TransientError?
        /// The pause before the next attempt. It doubles each time.
        var pause = JobMachine.firstPause
        /// Why the job has failed, until the row is changed.
        var failure: String?

        init(row: RowState) { self.row = row }

        /// The row, if it is known.
        var known: Row? {
            switch row {
            case .unconfirmed(let row), .known(let row): row
            case .unread, .deleted, .absent: nil
            }
        }

        /// Whether the run still has work: it is the row's current one, or it has completed the job and has to tidy.
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

    /// The pause before the first retry of a blocked job.
    static let firstPause = Duration.milliseconds(500)

    /// A read or change of the row that is under way.
    struct Access: Sendable {
        /// `nil` for a read.
        var transition: Transition?
        /// The ticket of the request that caused it.
        var ticket: Int?
    }

    /// A run that occupies a place.
    struct ActiveRun: Sendable {
        let generation: Int
        /// The step that is under way.
        var step: Step?
        /// The step that is under way, has ended (then `outcome` is set), or is to begin.
        var next = Step.render
        /// The outcome of `next`; `nil` if that step is under way or is to begin.
        var outcome: Outcome?
        var isCancelled = false

        init(generation: Int) { self.generation = generation }
    }
}
