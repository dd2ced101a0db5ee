import Testing
import TileCore

@testable import MasterDaemon

/// When a blocked job is retried, and which job goes first.
@Suite struct JobMachinePolicyTests {
    private typealias Action = JobMachine.Action

    private static func job(_ number: Int) throws -> JobID {
        try #require(JobID(rawValue: "0000000\(number)-0000-7000-8000-000000000000"))
    }

    /// Brings a job to its first step. Returns its run.
    private func prepare(_ job: JobID, in machine: inout JobMachine, generation: Int = 0) -> JobMachine.Run {
        _ = machine.handle(.found(job, JobMachine.Row(status: .pending, generation: generation)))
        return begin(job, generation + 1, in: &machine)
    }

    /// Reports that the row's transition to processing was made.
    private func begin(_ job: JobID, _ generation: Int, in machine: inout JobMachine) -> JobMachine.Run {
        let row = JobMachine.Row(status: .processing, generation: generation)
        let run = JobMachine.Run(job: job, generation: generation)
        #expect(machine.handle(.changed(job, row)).contains(.step(run, .render)))
        return run
    }

    private func pause(_ actions: [Action]) throws -> (number: Int, length: Duration) {
        let pauses = actions.compactMap { action -> (Int, Duration)? in
            if case .pause(_, let number, let length) = action { (number, length) } else { nil }
        }
        return try #require(pauses.first)
    }

    private let lockedDatabase = JobMachine.TransientError(reason: "the database is locked")
    private let fullDisk = JobMachine.TransientError(reason: "the disk is full", isDiskFull: true)

    /// The action that begins the next run after a blocked run of this generation.
    private func beginning(_ job: JobID, after generation: Int) -> Action {
        .write(job, .begin, from: JobMachine.Row(status: .processing, generation: generation))
    }

    @Test func eachPauseIsTwiceAsLongUpToHalfAMinute() throws {
        var machine = JobMachine()
        let job = try Self.job(1)
        var run = prepare(job, in: &machine)
        var pauses: [Duration] = []
        for generation in 2..<12 {
            let pause = try pause(machine.handle(.stepped(run, .blocked(lockedDatabase))))
            pauses.append(pause.length)
            #expect(machine.reason(job) == lockedDatabase.reason)
            #expect(machine.handle(.resumed(job, pause.number)) == [beginning(job, after: generation - 1)])
            run = JobMachine.Run(job: job, generation: generation)
            _ = machine.handle(.changed(job, JobMachine.Row(status: .processing, generation: generation)))
        }
        #expect(pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30].map { .seconds($0) })
    }

    @Test func aRetryOfAUserMakesThePauseShortAgain() throws {
        var machine = JobMachine()
        let job = try Self.job(1)
        var run = prepare(job, in: &machine)
        for generation in 2..<5 {
            let pause = try pause(machine.handle(.stepped(run, .blocked(lockedDatabase))))
            _ = machine.handle(.resumed(job, pause.number))
            run = begin(job, generation, in: &machine)
        }
        _ = machine.handle(.asked(job, .cancel, ticket: 1))
        _ = machine.handle(.changed(job, JobMachine.Row(status: .cancelled, generation: run.generation)))
        #expect(machine.handle(.stepped(run, .cancelled)).last == .settled(job))
        run = prepare(job, in: &machine, generation: run.generation)
        #expect(try pause(machine.handle(.stepped(run, .blocked(lockedDatabase)))).length == .milliseconds(500))
    }

    /// All jobs wait for a full disk. One that is not the oldest frees its canvases, and the oldest resumes at once.
    @Test(arguments: [[1, 2, 3], [3, 1, 2], [2, 3, 1]]) func theOldestGetsTheSpace(order: [Int]) throws {
        var machine = JobMachine()
        let jobs = try order.map(Self.job)
        let runs = jobs.map { prepare($0, in: &machine) }
        var removals: [JobID] = []
        for run in runs {
            let actions = machine.handle(.stepped(run, .blocked(fullDisk)))
            for case .removeCanvases(let job) in actions { removals.append(job) }
        }
        #expect(machine.runCount == 0)
        let oldest = try Self.job(1)
        // Once no job runs, the job that was blocked last frees its canvases, unless it is the oldest.
        #expect(removals == (order.last == 1 ? [] : [jobs[2]]))
        guard let removed = removals.first else { return }
        let begun = machine.handle(.canvasesRemoved(removed))
        #expect(begun.contains(beginning(oldest, after: 1)), "\(begun)")
    }

    /// In an earlier version the job waited for the end of its pause, up to half a minute.
    @Test func aDeletionLetsTheOldestGoOnAtOnce() throws {
        var machine = JobMachine()
        let jobs = try [1, 2, 3].map(Self.job)
        let runs = jobs.map { prepare($0, in: &machine) }
        for run in runs.dropLast() { _ = machine.handle(.stepped(run, .blocked(fullDisk))) }
        _ = machine.handle(.asked(jobs[2], .delete, ticket: 1))
        _ = machine.handle(.changed(jobs[2], nil))
        _ = machine.handle(.stepped(runs[2], .cancelled))
        _ = machine.handle(.unchanged(jobs[0], fullDisk))
        let actions = machine.handle(.filesRemoved(jobs[2]))
        #expect(actions.contains(beginning(jobs[0], after: 1)), "\(actions)")
        #expect(!actions.contains(beginning(jobs[1], after: 1)))
    }

    @Test(arguments: [JobMachine.Outcome.done, .failed(reason: "damaged"), .cancelled])
    func theEndOfARunLetsTheOldestGoOnAtOnce(outcome: JobMachine.Outcome) throws {
        var machine = JobMachine()
        let jobs = try [2, 1, 3].map(Self.job)
        let runs = jobs.map { prepare($0, in: &machine) }
        for run in runs.dropLast() { _ = machine.handle(.stepped(run, .blocked(fullDisk))) }
        if outcome == .cancelled {
            _ = machine.handle(.asked(jobs[2], .cancel, ticket: 1))
            _ = machine.handle(.changed(jobs[2], JobMachine.Row(status: .cancelled, generation: 1)))
        }
        let actions = machine.handle(.stepped(runs[2], outcome))
        #expect(actions.contains(beginning(jobs[1], after: 1)), "\(actions)")
        #expect(!actions.contains(beginning(jobs[0], after: 1)))
    }

    /// Otherwise jobs that wait for the same space would resume each other without a pause.
    @Test func aRunThatFindsAFullDiskResumesNoOtherJob() throws {
        var machine = JobMachine()
        let jobs = try [1, 2].map(Self.job)
        let runs = jobs.map { prepare($0, in: &machine) }
        _ = machine.handle(.stepped(runs[0], .blocked(fullDisk)))
        let actions = machine.handle(.stepped(runs[1], .blocked(fullDisk)))
        #expect(!actions.contains(beginning(jobs[0], after: 1)), "\(actions)")
    }

    /// Otherwise the timer of a pause that was cut short would end the next pause early, and add an attempt each time.
    @Test func aPauseThatWasCutShortEndsNoLaterOne() throws {
        var machine = JobMachine()
        let (job, other) = (try Self.job(1), try Self.job(2))
        let (run, otherRun) = (prepare(job, in: &machine), prepare(other, in: &machine))
        let first = try pause(machine.handle(.stepped(run, .blocked(fullDisk))))
        #expect(machine.handle(.stepped(otherRun, .done)).contains(beginning(job, after: 1)))
        let second = try pause(machine.handle(.stepped(begin(job, 2, in: &machine), .blocked(fullDisk))))
        #expect(machine.handle(.resumed(job, first.number)) == [])
        #expect(machine.handle(.resumed(job, second.number)) == [beginning(job, after: 2)])
    }

    /// The order is the same in every graceful shutdown.
    @Test func atTheEndRunsAreCancelledInTheOrderOfTheirAge() throws {
        var machine = JobMachine()
        let jobs = try [3, 1, 4, 2, 5].map(Self.job)
        let runs = jobs.map { prepare($0, in: &machine) }
        let expected = runs.sorted { $0.job.rawValue < $1.job.rawValue }.map { Action.cancelStep($0) }
        #expect(machine.handle(.stopping) == expected)
    }
}
