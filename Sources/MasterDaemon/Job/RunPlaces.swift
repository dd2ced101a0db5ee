import DequeModule
import TileCore

/// The places for runs, and the queue of jobs that wait for one. Part of `JobMachine`.
struct RunPlaces: Sendable {
    /// The maximum number of runs at once.
    let count: Int
    private(set) var taken = 0
    private var waiting: Deque<JobID> = []

    init(count: Int) { self.count = count }

    /// Adds a job to the queue. If it no longer waits when its turn comes, the caller of `next` skips it.
    mutating func wait(_ job: JobID) { waiting.append(job) }

    /// Takes the next job from the queue; `nil` if no place is free or no job waits.
    mutating func next() -> JobID? { taken < count ? waiting.popFirst() : nil }

    /// - Precondition: a place is free.
    mutating func take() {
        precondition(taken < count, "more runs than places")
        taken += 1
    }

    /// Frees the place of a run that has ended.
    mutating func giveBack() {
        precondition(taken > 0, "no place is taken")
        taken -= 1
    }
}
