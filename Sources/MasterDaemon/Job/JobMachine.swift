import TileCore

/// Decides what becomes of every job, from its acceptance to its end. Does no I/O: `JobRunner` does what it says and
/// reports back.
///
/// A job is a row in the database. The machine keeps an entry for each row that is not final, and for each that
/// somebody wants to change. `settle` looks at an entry and says what comes next; it is called after every event, so
/// that the order in which events arrive does not matter.
///
/// What must hold, and what `JobMachineModel` of the tests checks with random orders of events:
/// - A job has one run at a time, and a run one step at a time. A run has a place until it has ended.
/// - Every run has a generation of its own, which is stored in the row. A change of the row is made only while the row
///   has the status and the generation that the machine knows, so an older run can change nothing.
/// - An unfinished row has an entry, and the entry always waits for something: a place, a step, a change of the row, or
///   the end of a pause, which is cut short if there may be space again. So every job reaches a final status, unless
///   the master ends before.
/// - Files of a deleted job are removed once nothing writes to them any more.
struct JobMachine: Sendable {
    var entries: [JobID: Entry] = [:]
    var places: RunPlaces
    private(set) var isStopping = false
    /// Something has ended that took space on the disk.
    private var mayHaveFreedSpace = false
    private var lastPause = 0

    /// - Parameter places: runs at once. More would take disk for canvases and finish none sooner.
    init(places: Int = 32) { self.places = RunPlaces(count: places) }

    /// Runs under way.
    var runCount: Int { places.taken }

    /// The master ends, and nothing is under way that would be cut off.
    var isAtRest: Bool { isStopping && entries.values.allSatisfy { $0.run == nil && $0.access == nil } }

    /// Whether the machine has something to do with the job.
    func has(_ job: JobID) -> Bool { entries[job] != nil }

    /// Why an unfinished job cannot go on now; `nil` if it can.
    func reason(_ job: JobID) -> String? { entries[job]?.lastError?.reason }

    mutating func handle(_ event: Event) -> [Action] {
        var actions: [Action] = []
        switch event {
        case .found(let job, let row):
            switch entries[job]?.row {
            case nil: entries[job] = Entry(row: .told(row))
            // It is being read for a request. Should that fail, the job still has an owner.
            case .unread: entries[job]?.row = .told(row)
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
            // An earlier pause may have been cut short, and what follows it is not to be.
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

    // MARK: What has happened

    private mutating func changed(_ job: JobID, _ row: Row?, _ actions: inout [Action]) {
        guard let access = entries[job]?.access else { return }
        entries[job]?.access = nil
        entries[job]?.row = row.map { .known($0) } ?? .gone
        if let ticket = access.ticket {
            guard row != nil else {
                // Answered once the files are gone, which a run may still have to let go of.
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
            // The row could not be read. Whoever asked may ask again.
            while let request = entries[job]?.requests.first {
                finishRequest(of: job, request.ticket, .failed(error), &actions)
            }
            if case .unread = entries[job]?.row { entries[job]?.row = .absent }
            return
        }
        guard let ticket = access.ticket else { return block(job, error, &actions) }
        switch entries[job]?.removal {
        case .notBegun where access.transition == .delete && error.isDiskFull:
            // What is to go frees the space that the database needs.
            entries[job]?.removal = .first
        case .made:
            // There is no way back: a row without its files would be a job that cannot be done.
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
            // A pause from before has no reason any more: there is space now.
            entries[job]?.wait = .none
        case .notBegun, .made:
            entries[job]?.row = .absent
            if let ticket = entry.deletion { finishRequest(of: job, ticket, .done, &actions) }
        }
    }

    /// The job cannot go on now; it is tried again after a pause.
    mutating func block(_ job: JobID, _ error: TransientError, _ actions: inout [Action]) {
        giveUpPlace(of: job, &actions)
        guard let entry = entries[job] else { return }
        if entry.lastError != error { actions.append(.noteReason(job)) }
        entries[job]?.lastError = error
        lastPause += 1
        entries[job]?.wait = .paused(lastPause)
        entries[job]?.pause = min(entry.pause * 2, .seconds(30))
        if error.isDiskFull, isInTheWay(job) {
            entries[job]?.isRemovingFiles = true
            actions.append(.removeCanvases(job))
        }
        actions.append(.pause(job, lastPause, entry.pause))
    }

    /// There may be space again, which the oldest of the jobs that wait for it gets.
    private mutating func resumeOldest(_ actions: inout [Action]) {
        let waiting = entries.lazy.filter { $0.value.wait.isPause && $0.value.lastError?.isDiskFull == true }
        guard let oldest = waiting.map(\.key).min(by: { $0.rawValue < $1.rawValue }) else { return }
        entries[oldest]?.wait = .none
        entries[oldest]?.pause = Self.firstPause
        settle(oldest, &actions)
    }

    /// Whether the canvases that a blocked job keeps may be what it and the others wait for: no run is under way that
    /// would free space by its end, and the job is not the oldest one, for which the others free theirs.
    private func isInTheWay(_ job: JobID) -> Bool {
        runCount == 0
            && entries.contains { id, entry in entry.wait.isPause && id.rawValue < job.rawValue }
    }

    /// A run ends, and with it whatever it has on the disk that its job does not keep.
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
