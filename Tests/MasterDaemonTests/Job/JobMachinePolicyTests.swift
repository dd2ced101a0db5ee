import Testing
import TileCore

@testable import MasterDaemon

/// When a job that cannot go on is tried again, and which one goes first.
@Suite struct JobMachinePolicyTests {
    private typealias Action = JobMachine.Action

    private static func job(_ number: Int) throws -> JobID {
        try #require(JobID(rawValue: "0000000\(number)-0000-7000-8000-000000000000"))
    }

    /// A machine with a job in its first step.
    private func prepare(_ job: JobID, in machine: inout JobMachine, generation: Int = 0) -> JobMachine.Run {
        _ = machine.handle(.found(job, JobMachine.Row(status: .pending, generation: generation)))
        return begin(job, generation + 1, in: &machine)
    }

    /// The row says that the run has begun.
    private func begin(_ job: JobID, _ generation: Int, in machine: inout JobMachine) -> JobMachine.Run {
        let row = JobMachine.Row(status: .processing, generation: generation)
        let run = JobMachine.Run(job: job, generation: generation)
        #expect(machine.handle(.changed(job, row)).contains(.step(run, .render)))
        return run
    }

    private func pause(_ actions: [Action]) -> Duration? {
        actions.compactMap { if case .pause(_, let pause) = $0 { pause } else { nil } }.first
    }

    private let trouble = JobMachine.Trouble(reason: "the database is locked")

    @Test func eachPauseIsTwiceAsLongUpToHalfAMinute() throws {
        var machine = JobMachine()
        let job = try Self.job(1)
        var run = prepare(job, in: &machine)
        var pauses: [Duration] = []
        for generation in 2..<12 {
            let actions = machine.handle(.stepped(run, .blocked(trouble)))
            pauses.append(try #require(pause(actions)))
            #expect(machine.reason(job) == trouble.reason)
            let row = JobMachine.Row(status: .processing, generation: generation - 1)
            #expect(machine.handle(.resumed(job)) == [.write(job, .begin, from: row)])
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
            _ = machine.handle(.stepped(run, .blocked(trouble)))
            _ = machine.handle(.resumed(job))
            run = begin(job, generation, in: &machine)
        }
        _ = machine.handle(.asked(job, .cancel, ticket: 1))
        _ = machine.handle(.changed(job, JobMachine.Row(status: .cancelled, generation: run.generation)))
        #expect(machine.handle(.stepped(run, .cancelled)).last == .settled(job))
        run = prepare(job, in: &machine, generation: run.generation)
        #expect(pause(machine.handle(.stepped(run, .blocked(trouble)))) == .milliseconds(500))
    }

    /// All wait for a full disk: the younger one gives its canvases up, and the oldest goes on with the space at once.
    @Test(arguments: [[1, 2, 3], [3, 1, 2], [2, 3, 1]]) func theOldestGetsTheSpace(order: [Int]) throws {
        var machine = JobMachine()
        let jobs = try order.map(Self.job)
        let runs = jobs.map { prepare($0, in: &machine) }
        let full = JobMachine.Trouble(reason: "the disk is full", isDiskFull: true)
        var removals: [JobID] = []
        for run in runs {
            for case .removeCanvases(let job) in machine.handle(.stepped(run, .blocked(full))) { removals.append(job) }
        }
        #expect(machine.runCount == 0)
        let oldest = try Self.job(1)
        // Whoever was blocked last decides, once nobody runs: it gives its canvases up unless it is the oldest.
        #expect(removals == (order.last == 1 ? [] : [jobs[2]]))
        guard let removed = removals.first else { return }
        let begun = machine.handle(.canvasesRemoved(removed))
        #expect(
            begun.contains(.write(oldest, .begin, from: JobMachine.Row(status: .processing, generation: 1))), "\(begun)"
        )
    }

    /// In an orderly end, too, the order is always the same.
    @Test func atTheEndRunsAreCancelledInTheOrderOfTheirAge() throws {
        var machine = JobMachine()
        let jobs = try [3, 1, 4, 2, 5].map(Self.job)
        let runs = jobs.map { prepare($0, in: &machine) }
        let expected = runs.sorted { $0.job.rawValue < $1.job.rawValue }.map { Action.cancelStep($0) }
        #expect(machine.handle(.stopping) == expected)
    }
}
