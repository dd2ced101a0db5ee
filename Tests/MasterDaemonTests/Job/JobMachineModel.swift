import Testing
import TileCore

@testable import MasterDaemon

/// A simulated environment of a `JobMachine`: rows, files, users, and work. Work ends in any order, fails, or never ends
/// because the master is killed. Every step is drawn from a seed, and the invariants are checked after each step.
struct JobMachineModel {
    /// Work that the machine has requested and that has not ended.
    enum Work: Equatable {
        /// Rows as they were read, on their way to the machine. The stored rows may change before these arrive.
        case look([JobID: JobMachine.Row])
        case read(JobID)
        case write(JobID, JobMachine.Transition, from: JobMachine.Row)
        case step(JobMachine.Run, JobMachine.Step)
        case pause(JobID, Int)
        case removeFiles(JobID)
        case removeCanvases(JobID)

        /// `nil` for events that the machine has not requested.
        var job: JobID? {
            switch self {
            case .look: nil
            case .read(let job), .write(let job, _, _), .pause(let job, _), .removeFiles(let job),
                .removeCanvases(let job):
                job
            case .step(let run, _): run.job
            }
        }

        /// Whether the machine waits for the end of this work.
        var isAwaited: Bool {
            switch self {
            case .look, .pause: false
            default: true
            }
        }
    }

    static let places = 3

    /// All actions of the machine so far.
    private(set) var trace: [JobMachine.Action] = []

    private(set) var rows: [JobID: JobMachine.Row] = [:]
    private(set) var machine = JobMachine(places: places)
    private(set) var work: [Work] = []
    private(set) var answers: [Int: JobMachine.Answer] = [:]
    private(set) var asked: [Int: (job: JobID, command: JobMachine.Command)] = [:]
    private(set) var completions: [JobID: Int] = [:]
    /// Jobs whose source is on the disk.
    private(set) var files: Set<JobID> = []
    private(set) var deleted: Set<JobID> = []
    /// The final statuses that jobs have reached.
    private(set) var ends: Set<JobStatus> = []
    /// How many rows had changed before the machine was told of them.
    private(set) var staleRows = 0
    /// Jobs whose files were removed first because the disk was full, and whose rows still existed when the master was killed.
    private(set) var lost: Set<JobID> = []
    private var cancelled: Set<JobMachine.Run> = []
    /// Changes that were made for a request and are not answered yet.
    var unanswered: [JobID: JobMachine.Transition] = [:]
    private var jobs: [JobID] = []
    private var isDiskFull = false
    private var random: SeededGenerator
    private var lastTicket = 0

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    // MARK: Steps

    /// Executes one random step.
    mutating func step() {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<8: submit()
        case 8..<14: ask(.cancel)
        case 14..<19: ask(.retry)
        case 19..<22: ask(.delete)
        case 22..<24: ask(.expire)
        case 24..<26: isDiskFull.toggle()
        case 26..<30: look()
        case 30: restart()
        case 31: stop()
        default: endWork(isLucky: false)
        }
        check()
    }

    /// Lets all work end, without faults and without new requests.
    mutating func calmDown() {
        isDiskFull = false
        var steps = 0
        while !work.isEmpty {
            endWork(isLucky: true)
            check()
            steps += 1
            guard steps < 100_000 else {
                Issue.record("work does not end: \(work)")
                return
            }
        }
    }

    private mutating func submit() {
        let id = nextID()
        jobs.append(id)
        files.insert(id)
        rows[id] = JobMachine.Row(status: .pending, generation: 0)
        // The master may find the row itself before it is told of the acceptance.
        if Bool.random(using: &random) { look() }
        work.append(.look([id: JobMachine.Row(status: .pending, generation: 0)]))
    }

    /// Ids come from the seed, too, so that a failure can be reproduced. They sort by age.
    private mutating func nextID() -> JobID {
        let number = String(jobs.count + 1, radix: 16)
        let age = String(repeating: "0", count: 8 - number.count) + number
        let end = String(UInt64.random(in: (1 << 44)..<(1 << 48), using: &random), radix: 16)
        guard let id = JobID(rawValue: "\(age)-0000-7000-8000-\(end)") else { preconditionFailure("not an id") }
        return id
    }

    private mutating func ask(_ command: JobMachine.Command) {
        guard let job = jobs.randomElement(using: &random) else { return }
        lastTicket += 1
        asked[lastTicket] = (job, command)
        tell(.asked(job, command, ticket: lastTicket))
    }

    /// Reads the unfinished rows, to find those without an owner.
    private mutating func look() { work.append(.look(rows.filter { !$0.value.status.isFinal })) }

    private mutating func tell(_ read: [JobID: JobMachine.Row]) {
        for (job, row) in read.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            if rows[job] != row { staleRows += 1 }
            tell(.found(job, row))
        }
    }

    /// Kills the master at any moment, and restarts it.
    private mutating func restart() {
        for case .write(let job, let transition, let row) in work where Bool.random(using: &random) {
            if rows[job] == row { apply(transition, to: job) }
        }
        work = []
        cancelled = []
        unanswered = [:]
        machine = JobMachine(places: Self.places)
        // The callers have lost their connections.
        for ticket in asked.keys where answers[ticket] == nil { asked[ticket] = nil }
        for job in files where rows[job] == nil { files.remove(job) }
        lost.formUnion(rows.keys.filter { !files.contains($0) })
        look()
    }

    /// Shuts the master down gracefully, so that no work is cut off, and restarts it.
    private mutating func stop() {
        tell(.stopping)
        var steps = 0
        while !machine.hasStopped, steps < 10_000 {
            #expect(work.contains { $0.isAwaited }, "the machine does not end, and waits for nothing")
            endWork(isLucky: false)
            check()
            steps += 1
        }
        #expect(machine.hasStopped && machine.runCount == 0)
        restart()
    }

    private mutating func endWork(isLucky: Bool) {
        guard !work.isEmpty else { return }
        let item = work.remove(at: Int.random(in: 0..<work.count, using: &random))
        let hasFault = !isLucky && (isDiskFull || Int.random(in: 0..<20, using: &random) == 0)
        switch item {
        case .look(let read): tell(read)
        case .read(let job): tell(hasFault ? .unchanged(job, fault) : .read(job, rows[job]))
        case .write(let job, let transition, let row):
            guard rows[job] == row else { return tell(.refused(job, rows[job])) }
            guard !hasFault else { return tell(.unchanged(job, fault)) }
            apply(transition, to: job)
            tell(.changed(job, rows[job]))
        case .step(let run, let step): tell(.stepped(run, outcome(run, step, hasFault, isLucky)))
        case .pause(let job, let number): tell(.resumed(job, number))
        case .removeFiles(let job):
            files.remove(job)
            tell(.filesRemoved(job))
        case .removeCanvases(let job): tell(.canvasesRemoved(job))
        }
    }

    private var fault: JobMachine.TransientError { .init(reason: "no space", isDiskFull: isDiskFull) }

    private mutating func outcome(
        _ run: JobMachine.Run, _ step: JobMachine.Step, _ hasFault: Bool, _ isLucky: Bool
    ) -> JobMachine.Outcome {
        // A step may have ended before its cancellation.
        if cancelled.contains(run), Bool.random(using: &random) { return .cancelled }
        if hasFault { return .blocked(fault) }
        if !isLucky, Int.random(in: 0..<20, using: &random) == 0 { return .failed(reason: "damaged") }
        guard files.contains(run.job) else { return .failed(reason: "the source is gone") }
        return step == .render ? .rendered(bytes: 1) : .done
    }

    private mutating func apply(_ transition: JobMachine.Transition, to job: JobID) {
        guard var row = rows[job] else { return }
        if [.cancel, .reopen, .delete].contains(transition) { unanswered[job] = transition }
        switch transition {
        case .begin:
            row.status = .processing
            row.generation += 1
        case .complete:
            row.status = .completed
            completions[job, default: 0] += 1
        case .fail: row.status = .failed
        case .cancel: row.status = .cancelled
        case .reopen: row.status = .pending
        case .delete:
            rows[job] = nil
            deleted.insert(job)
            return
        }
        rows[job] = row
        if row.status.isFinal { ends.insert(row.status) }
    }

    // MARK: The machine

    private mutating func tell(_ event: JobMachine.Event) {
        for action in machine.handle(event) {
            trace.append(action)
            take(action)
        }
    }

    private mutating func take(_ action: JobMachine.Action) {
        switch action {
        case .read(let job): work.append(.read(job))
        case .write(let job, let transition, let row): work.append(.write(job, transition, from: row))
        case .step(let run, let step):
            #expect(!cancelled.contains(run), "a cancelled run begins \(step)")
            work.append(.step(run, step))
        case .cancelStep(let run):
            #expect(work.contains { if case .step(run, _) = $0 { true } else { false } }, "no such step is under way")
            cancelled.insert(run)
        case .ended(let run):
            #expect(!work.contains { if case .step(run, _) = $0 { true } else { false } }, "a step goes on")
        case .pause(let job, let number, _): work.append(.pause(job, number))
        case .removeCanvases(let job):
            #expect(!isAtWork(on: job), "canvases are removed in a step")
            work.append(.removeCanvases(job))
        case .removeFiles(let job):
            #expect(!isAtWork(on: job), "files are removed in a step")
            work.append(.removeFiles(job))
        case .answer(let ticket, let answer):
            #expect(asked[ticket] != nil, "an answer without a request")
            #expect(answers[ticket] == nil, "two answers to one request")
            answers[ticket] = answer
            if let request = asked[ticket] { checkAnswer(answer, to: request.command, of: request.job) }
        case .settled(let job):
            #expect(rows[job]?.status.isFinal ?? true || isOnItsWay(job), "an unfinished job is dropped")
            #expect(!work.contains { $0.job == job && $0.isAwaited })
        case .noteReason: break
        }
    }

    private func isAtWork(on job: JobID) -> Bool {
        work.contains { if case .step(let run, _) = $0 { run.job == job } else { false } }
    }
}
