import DequeModule
import TileCore

/// The places for runs, and the jobs that wait for one, in the order in which they began to. Part of `JobMachine`.
struct RunPlaces: Sendable {
    /// Runs at once.
    let count: Int
    private(set) var taken = 0
    private var waiting: Deque<JobID> = []

    init(count: Int) { self.count = count }

    /// A job begins to wait. If it no longer does when its turn comes, whoever asks for the next one skips it.
    mutating func wait(_ job: JobID) { waiting.append(job) }

    /// The job whose turn it is; `nil` if no place is free or none waits.
    mutating func next() -> JobID? { taken < count ? waiting.popFirst() : nil }

    /// - Precondition: a place is free.
    mutating func take() {
        precondition(taken < count, "more runs than places")
        taken += 1
    }

    /// A run has ended.
    mutating func giveBack() {
        precondition(taken > 0, "a place that nobody had")
        taken -= 1
    }
}
