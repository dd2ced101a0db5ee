import TileCore

/// Decides what happens to every job, from its acceptance to its end. Does no I/O: `JobRunner` executes the decisions and
/// reports back.
///
/// A job is a row in the database. The machine keeps an entry for each row that is not final, and for each that a user
/// wants to change. `settle` looks at an entry and decides what comes next. It is called after every event, so the order
/// of events does not matter.
///
/// The invariants, which the tests' `JobMachineModel` checks with random orders of events:
/// - A job has at most one run at a time, and a run at most one step. A run occupies a place until it has ended.
/// - Every run has its own generation, which is stored in the row. The row is changed only while it has the status and
///   the generation that the machine knows. So an older run can change nothing.
/// - An unfinished row has an entry, and the entry always waits for something: a place, a step, a change of the row, or
///   the end of a pause. A pause ends early if there may be space again. So every job reaches a final status, unless the
///   master ends first.
/// - The files of a deleted job are removed once nothing writes to them any more.
struct JobMachine: Sendable {
    var entries: [JobID: Entry] = [:]
    var places: RunPlaces
    private(set) var isStopping = false
    /// Whether disk space may have been freed since the last check.
    private var mayHaveFreedSpace = false
    private var lastPause = 0

    /// - Parameter places: how many runs may be under way. More runs at once would need more disk space, and would not
    ///   finish sooner.
    init(places: Int = 32) { self.places = RunPlaces(count: places) }

    /// The number of runs under way.
    var runCount: Int { places.taken }

    /// Whether the master ends and no work is under way.
    var hasStopped: Bool { isStopping && entries.values.allSatisfy { $0.run == nil && $0.access == nil } }

    /// Whether the machine has an entry for the job.
    func has(_ job: JobID) -> Bool { entries[job] != nil }

    /// Why an unfinished job is blocked; `nil` if it is not.
    func reason(_ job: JobID) -> String? { entries[job]?.lastError?.reason }

    mutating func handle(_ event: Event) -> [Action] {
        var actions: [Action] = []
        switch event {
        case .found(let job, let row):
            switch entries[job]?.row {
            case nil: entries[job] = Entry(row: .unconfirmed(row))
            // The row is being read for a request. If that fails, the machine still knows the job by this row.
            case .unread: entries[job]?.row = .unconfirmed(row)
            default: break
            }
            settle(job, &actions)
        case .asked(let job, let command, let ticket):
            entries[job, default: Entry(row: .unread)].requests.append((command, ticket))
            settle(job, &actions)
        case .read(let job, let row), .refused(let job, let row):
            entries[job]?.access = nil
            entries[job]?.row = row.map { .known($0) } ?? .absent
            settle(job, &actions)
        case .changed(let job, let row):
            changed(job, row, &actions)
            settle(job, &actions)
        case .unchanged(let job, let error):
            unchanged(job, error, &actions)
            settle(job, &actions)
        case .stepped(let run, let outcome):
            stepped(run, outcome)
            settle(run.job, &actions)
        case .filesRemoved(let job):
            filesRemoved(job, &actions)
            settle(job, &actions)
        case .canvasesRemoved(let job):
            entries[job]?.isRemovingFiles = false
            mayHaveFreedSpace = true
            settle(job, &actions)
        case .resumed(let job, let pause):
            // The end of an earlier pause, which was cut short, must not end a later one.
            guard entries[job]?.wait == .paused(pause) else { break }
            entries[job]?.wait = .none
            settle(job, &actions)
        case .stopping:
            isStopping = true
            for job in entries.keys.sorted(by: { $0.rawValue < $1.rawValue }) { settle(job, &actions) }
        }
        if mayHaveFreedSpace {
            mayHaveFreedSpace = false
            resumeOldest(&actions)
        }
        fillPlaces(&actions)
        return actions
    }

    // MARK: Events

    private mutating func changed(_ job: JobID, _ row: Row?, _ actions: inout [Action]) {
        guard let access = entries[job]?.access else { return }
        entries[job]?.access = nil
        entries[job]?.row = row.map { .known($0) } ?? .deleted
        if let ticket = access.ticket {
            guard row != nil else {
                // The answer waits until the files are removed. A run may still use them.
                entries[job]?.deletion = ticket
                return
            }
            finishRequest(of: job, ticket, .done, &actions)
        }
        switch access.transition {
        case .begin:
            if entries[job]?.lastError != nil { actions.append(.noteReason(job)) }
            entries[job]?.lastError = nil
        case .complete: entries[job]?.run?.next = .tidy
        case .cancel, .fail, .reopen: clearError(of: job, &actions)
        case .delete, .none: break
        }
    }

    private mutating func unchanged(_ job: JobID, _ error: TransientError, _ actions: inout [Action]) {
        guard let access = entries[job]?.access else { return }
        entries[job]?.access = nil
        guard access.transition != nil else {
            // The row could not be read. The callers may try again.
            while let request = entries[job]?.requests.first {
                finishRequest(of: job, request.ticket, .failed(error), &actions)
            }
            if case .unread = entries[job]?.row { entries[job]?.row = .absent }
            return
        }
        guard let ticket = access.ticket else { return block(job, error, &actions) }
        switch entries[job]?.removal {
        case .notBegun where access.transition == .delete && error.isDiskFull:
            // Removing the job's files first frees the space that the database needs.
            entries[job]?.removal = .first
        case .made:
            // The deletion must be completed, because a job without its files could never finish.
            block(job, error, &actions)
        default:
            finishRequest(of: job, ticket, .failed(error), &actions)
        }
    }

    private mutating func stepped(_ run: Run, _ outcome: Outcome) {
        guard entries[run.job]?.run?.generation == run.generation else { return }
        entries[run.job]?.run?.step = nil
        entries[run.job]?.run?.outcome = outcome
    }

    private mutating func filesRemoved(_ job: JobID, _ actions: inout [Action]) {
        guard let entry = entries[job] else { return }
        entries[job]?.isRemovingFiles = false
        mayHaveFreedSpace = true
        switch entry.removal {
        case .first:
            entries[job]?.removal = .made
            // An earlier pause is over, because there is space now.
            entries[job]?.wait = .none
        case .notBegun, .made:
            entries[job]?.row = .absent
            if let ticket = entry.deletion { finishRequest(of: job, ticket, .done, &actions) }
        }
    }

    /// Blocks the job. It is retried after a pause.
    mutating func block(_ job: JobID, _ error: TransientError, _ actions: inout [Action]) {
        giveUpPlace(of: job, &actions)
        guard let entry = entries[job] else { return }
        if entry.lastError != error { actions.append(.noteReason(job)) }
        entries[job]?.lastError = error
        lastPause += 1
        entries[job]?.wait = .paused(lastPause)
        entries[job]?.pause = min(entry.pause * 2, .seconds(30))
        if error.isDiskFull, mustFreeCanvases(job) {
            entries[job]?.isRemovingFiles = true
            actions.append(.removeCanvases(job))
        }
        actions.append(.pause(job, lastPause, entry.pause))
    }

    /// Resumes the oldest job that waits for disk space, because there may be space again.
    private mutating func resumeOldest(_ actions: inout [Action]) {
        let waiting = entries.lazy.filter { $0.value.wait.isPause && $0.value.lastError?.isDiskFull == true }
        guard let oldest = waiting.map(\.key).min(by: { $0.rawValue < $1.rawValue }) else { return }
        entries[oldest]?.wait = .none
        entries[oldest]?.pause = Self.firstPause
        settle(oldest, &actions)
    }

    /// Whether a blocked job has to free its canvases for the others. It has to if no run is under way whose end would
    /// free space, and if an older job is paused. The oldest job keeps its canvases, and the others free theirs for it.
    private func mustFreeCanvases(_ job: JobID) -> Bool {
        runCount == 0
            && entries.contains { id, entry in entry.wait.isPause && id.rawValue < job.rawValue }
    }

    /// Ends a run. The space of its temporary files is free then.
    mutating func endRun(of job: JobID, _ actions: inout [Action]) {
        mayHaveFreedSpace = true
        giveUpPlace(of: job, &actions)
    }

    private mutating func giveUpPlace(of job: JobID, _ actions: inout [Action]) {
        guard let run = entries[job]?.run else { return }
        entries[job]?.run = nil
        places.giveBack()
        actions.append(.ended(Run(job: job, generation: run.generation)))
    }

    private mutating func clearError(of job: JobID, _ actions: inout [Action]) {
        if entries[job]?.lastError != nil { actions.append(.noteReason(job)) }
        entries[job]?.clearError()
    }

    mutating func finishRequest(of job: JobID, _ ticket: Int, _ answer: Answer, _ actions: inout [Action]) {
        entries[job]?.requests.removeFirst()
        actions.append(.answer(ticket: ticket, answer))
    }
}
