import TileCore

/// The decisions about the next action for a job.
extension JobMachine {
    /// Decides on the job's next actions, until it waits for something.
    mutating func settle(_ job: JobID, _ actions: inout [Action]) {
        while let entry = entries[job], entry.access == nil, !entry.isRemovingFiles {
            switch entry.row {
            case .unread: return read(job, &actions)
            case .unconfirmed:
                guard entry.requests.isEmpty else { return read(job, &actions) }
                if !settleRun(job, &actions) { return }
            case .absent:
                if let request = entry.requests.first {
                    finishRequest(of: job, request.ticket, .notFound, &actions)
                } else if !settleRun(job, &actions) {
                    return
                }
            case .deleted:
                if entry.run == nil { return removeFiles(of: job, &actions) }
                if !settleRun(job, &actions) { return }
            case .known(let row):
                if let request = entry.requests.first {
                    if !settleRequest(job, row, request, &actions) { return }
                } else if !settleRun(job, &actions) {
                    return
                }
            }
        }
    }

    /// - Returns: whether another decision may follow at once.
    private mutating func settleRequest(
        _ job: JobID, _ row: Row, _ request: Request, _ actions: inout [Action]
    ) -> Bool {
        // A deletion that has already removed the files must be completed.
        guard !isStopping || entries[job]?.removal == .made else {
            entries[job]?.removal = .notBegun
            finishRequest(of: job, request.ticket, .stopping, &actions)
            return true
        }
        let isRemoving = entries[job]?.removal != .notBegun
        guard let transition = isRemoving ? .delete : Self.transition(for: request.command, row.status) else {
            finishRequest(of: job, request.ticket, .wrongState(row.status), &actions)
            return true
        }
        if entries[job]?.removal == .first {
            if entries[job]?.run != nil { return settleRun(job, &actions) }
            removeFiles(of: job, &actions)
            return false
        }
        let isPaused = entries[job]?.removal == .made && entries[job]?.wait.isPause == true
        if !isPaused { write(job, transition, row, ticket: request.ticket, &actions) }
        return false
    }

    private static func transition(for command: Command, _ status: JobStatus) -> Transition? {
        switch command {
        case .cancel: status.isFinal ? nil : .cancel
        case .retry: status == .failed || status == .cancelled ? .reopen : nil
        case .delete: .delete
        case .expire: status.isFinal ? .delete : nil
        }
    }

    /// - Returns: whether another decision may follow at once.
    private mutating func settleRun(_ job: JobID, _ actions: inout [Action]) -> Bool {
        guard let entry = entries[job] else { return false }
        guard let run = entry.run else { return settleWithoutRun(job, entry, &actions) }
        let isWanted = !isStopping && entry.removal == .notBegun && entry.isCurrent(run)
        guard run.step == nil else {
            if !isWanted, !run.isCancelled {
                entries[job]?.run?.isCancelled = true
                actions.append(.cancelStep(Run(job: job, generation: run.generation)))
            }
            return false
        }
        guard isWanted, case .known(let row) = entry.row else {
            endRun(of: job, &actions)
            return true
        }
        go(on: job, run, row, &actions)
        return true
    }

    /// Continues a run whose step has ended.
    private mutating func go(on job: JobID, _ run: ActiveRun, _ row: Row, _ actions: inout [Action]) {
        switch run.outcome {
        case nil:
            begin(run.next, of: job, &actions)
        case .done:
            endRun(of: job, &actions)
        case .rendered(let bytes):
            entries[job]?.run?.outcome = nil
            write(job, .complete(bytes: bytes), row, ticket: nil, &actions)
        case .failed(let reason):
            entries[job]?.failure = reason
            endRun(of: job, &actions)
        case .blocked(let error):
            block(job, error, &actions)
        case .cancelled:
            block(job, TransientError(reason: "its run was interrupted"), &actions)
        }
    }

    /// Decides for a job without a run.
    private mutating func settleWithoutRun(_ job: JobID, _ entry: Entry, _ actions: inout [Action]) -> Bool {
        guard let row = entry.known, !row.status.isFinal else {
            entries[job] = nil
            actions.append(.settled(job))
            return false
        }
        guard !isStopping, entry.wait == .none else { return false }
        if let failure = entry.failure {
            write(job, .fail(reason: failure), row, ticket: nil, &actions)
        } else {
            entries[job]?.wait = .queued
            places.wait(job)
        }
        return false
    }

    /// Begins runs while there are free places and waiting jobs.
    mutating func fillPlaces(_ actions: inout [Action]) {
        while !isStopping, let job = places.next() {
            guard let entry = entries[job], entry.wait == .queued else { continue }
            entries[job]?.wait = .none
            // While the row is being changed, no run begins. If the job is unfinished afterwards, it is queued again.
            guard entry.access == nil, !entry.isRemovingFiles, let row = entry.known else { continue }
            places.take()
            entries[job]?.run = ActiveRun(generation: row.generation + 1)
            write(job, .begin, row, ticket: nil, &actions)
        }
    }

    // MARK: Actions

    private mutating func begin(_ step: Step, of job: JobID, _ actions: inout [Action]) {
        guard let run = entries[job]?.run else { return }
        entries[job]?.run?.next = step
        entries[job]?.run?.step = step
        entries[job]?.run?.outcome = nil
        actions.append(.step(Run(job: job, generation: run.generation), step))
    }

    private mutating func read(_ job: JobID, _ actions: inout [Action]) {
        entries[job]?.access = Access()
        actions.append(.read(job))
    }

    private mutating func write(
        _ job: JobID, _ transition: Transition, _ row: Row, ticket: Int?, _ actions: inout [Action]
    ) {
        entries[job]?.access = Access(transition: transition, ticket: ticket)
        actions.append(.write(job, transition, from: row))
    }

    private mutating func removeFiles(of job: JobID, _ actions: inout [Action]) {
        entries[job]?.isRemovingFiles = true
        actions.append(.removeFiles(job))
    }
}
