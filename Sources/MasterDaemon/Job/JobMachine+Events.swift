import TileCore

/// The words in which the machine is told and tells.
extension JobMachine {
    /// What the machine has to know of a row.
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

    /// Work that a run does. Each step can be begun anew after a failure or a restart.
    enum Step: Sendable, Hashable {
        /// Makes the result, from what earlier runs have left.
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

    /// What somebody wants of a job.
    enum Command: Sendable, Hashable {
        case cancel, retry, delete
        /// Delete, but only if the job is finished.
        case expire
    }

    /// Why something cannot be done now.
    struct TransientError: Sendable, Hashable {
        let reason: String
        /// The disk of the data directory is full.
        var isDiskFull = false
    }

    /// How a step ended.
    enum Outcome: Sendable, Hashable {
        case done
        /// The result is there, with so many bytes.
        case rendered(bytes: Int)
        /// The job cannot be finished.
        case failed(reason: String)
        /// It cannot go on now.
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
        /// A row was accepted just now, is left from an earlier start, or seems to have no owner. Since it was read, the job
        /// may have begun, ended or been deleted.
        case found(JobID, Row)
        case asked(JobID, Command, ticket: Int)
        /// The answer to `.read`.
        case read(JobID, Row?)
        /// The transition was made; `nil` if the row is gone by it.
        case changed(JobID, Row?)
        /// The row was not as expected, so nothing was changed; this is how it is.
        case refused(JobID, Row?)
        /// The row could not be read, or the transition not be made.
        case unchanged(JobID, TransientError)
        case stepped(Run, Outcome)
        case filesRemoved(JobID)
        case canvasesRemoved(JobID)
        /// The pause of this number is over.
        case resumed(JobID, Int)
        /// The master ends: runs stop where they are and go on after the next start.
        case stopping
    }

    enum Action: Sendable, Equatable {
        case read(JobID)
        /// Make the transition if the row is still as it is here.
        case write(JobID, Transition, from: Row)
        case step(Run, Step)
        /// Cancel the step that is under way.
        case cancelStep(Run)
        /// Nothing of the run is under way any more.
        case ended(Run)
        /// With a number that tells it from the job's other pauses.
        case pause(JobID, Int, Duration)
        /// Remove the canvases, to free space for other jobs.
        case removeCanvases(JobID)
        case removeFiles(JobID)
        case answer(ticket: Int, Answer)
        /// What keeps the job from going on has changed; see `reason(_:)`.
        case noteReason(JobID)
        /// The job is final or gone, and nothing of it is under way.
        case settled(JobID)
    }
}
