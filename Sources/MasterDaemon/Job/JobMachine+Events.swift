import TileCore

/// The machine's events and actions.
extension JobMachine {
    /// The columns of a row that the machine needs.
    struct Row: Sendable, Equatable {
        var status: JobStatus
        /// The number of the job's last run, from 1; 0 before the first.
        var generation: Int
    }

    /// One run of a job.
    struct Run: Sendable, Hashable {
        let job: JobID
        let generation: Int
    }

    /// A step of a run. Each step can be repeated after a failure or a restart.
    enum Step: Sendable, Hashable {
        /// Makes the result, resuming from the work of earlier runs.
        case render
        /// Keeps the preview of a completed job and removes its canvases.
        case tidy
    }

    /// A change of a row.
    enum Transition: Sendable, Hashable {
        /// To processing, as the next generation.
        case begin
        case complete(bytes: Int)
        case fail(reason: String)
        case cancel
        /// A failed or cancelled job back to pending.
        case reopen
        case delete
    }

    /// A user's command for a job.
    enum Command: Sendable, Hashable {
        case cancel, retry, delete
        /// Delete, but only if the job is finished.
        case expire
    }

    /// Why something cannot be done at the moment. It may succeed later.
    struct TransientError: Sendable, Hashable {
        let reason: String
        /// The disk of the data directory is full.
        var isDiskFull = false
    }

    /// How a step ended.
    enum Outcome: Sendable, Hashable {
        case done
        /// The result is complete. Its size is in bytes.
        case rendered(bytes: Int)
        /// The job cannot be finished.
        case failed(reason: String)
        /// The step cannot continue at the moment.
        case blocked(TransientError)
        case cancelled
    }

    enum Answer: Sendable, Hashable {
        case done
        case wrongState(JobStatus)
        case notFound
        /// The row could not be changed. Nothing was done.
        case failed(TransientError)
        case stopping
    }

    enum Event: Sendable {
        /// A job was accepted, is left from an earlier start, or is an orphan (`OrphanWatch`). It may have changed since
        /// its row was read.
        case found(JobID, Row)
        case asked(JobID, Command, ticket: Int)
        /// The answer to `.read`.
        case read(JobID, Row?)
        /// The transition was made. The row is `nil` if the transition has deleted it.
        case changed(JobID, Row?)
        /// The row was not as expected, so nothing was changed. Has the row as it is now.
        case refused(JobID, Row?)
        /// The row could not be read, or the transition could not be made.
        case unchanged(JobID, TransientError)
        case stepped(Run, Outcome)
        case filesRemoved(JobID)
        case canvasesRemoved(JobID)
        /// The pause of this number is over.
        case resumed(JobID, Int)
        /// The master ends. Runs stop where they are, and resume at the next start.
        case stopping
    }

    enum Action: Sendable, Equatable {
        case read(JobID)
        /// Make the transition, if the row is still as given here.
        case write(JobID, Transition, from: Row)
        case step(Run, Step)
        /// Cancel the step that is under way.
        case cancelStep(Run)
        /// No work of the run is under way any more.
        case ended(Run)
        /// The number distinguishes the pause from the job's other pauses.
        case pause(JobID, Int, Duration)
        /// Remove the canvases, to free space for other jobs.
        case removeCanvases(JobID)
        case removeFiles(JobID)
        case answer(ticket: Int, Answer)
        /// The reason why the job is blocked has changed; see `reason(_:)`.
        case noteReason(JobID)
        /// The job is final or deleted, and no work on it is under way.
        case settled(JobID)
    }
}
