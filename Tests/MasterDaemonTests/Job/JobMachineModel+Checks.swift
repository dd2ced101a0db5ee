import Testing
import TileCore

@testable import MasterDaemon

/// Checks of the invariants.
extension JobMachineModel {
    /// An answer must be true of the row at that moment. `done` means that the change was made for this request.
    mutating func checkAnswer(
        _ answer: JobMachine.Answer, to command: JobMachine.Command, of job: JobID
    ) {
        switch answer {
        case .done:
            let (transition, status): (JobMachine.Transition, JobStatus?) =
                switch command {
                case .cancel: (.cancel, .cancelled)
                case .retry: (.reopen, .pending)
                case .delete, .expire: (.delete, nil)
                }
            #expect(unanswered.removeValue(forKey: job) == transition, "nothing was done for a \(command)")
            #expect(rows[job]?.status == status)
            #expect(status != nil || !files.contains(job), "files of a deleted job")
        case .wrongState(let status): #expect(rows[job]?.status == status)
        case .notFound: #expect(rows[job] == nil)
        case .failed, .stopping: #expect(unanswered[job] == nil, "\(command) was done after all")
        }
    }

    /// Whether an event about the job is on its way to the machine.
    func isOnItsWay(_ job: JobID) -> Bool {
        work.contains { if case .look(let read) = $0 { read[job] != nil } else { false } }
    }

    func check() {
        var steps: [JobID: Int] = [:]
        var changes: [JobID: Int] = [:]
        for item in work {
            switch item {
            case .step(let run, let step):
                steps[run.job, default: 0] += 1
                let row = rows[run.job]
                // The row may have changed so that this run is not wanted. Then the run has been cancelled, or is about to be.
                #expect(row.map { $0.generation == run.generation } ?? true, "\(step) of an older run")
            case .read(let job), .write(let job, _, _), .removeFiles(let job), .removeCanvases(let job):
                changes[job, default: 0] += 1
            case .pause, .look: break
            }
        }
        #expect(steps.values.allSatisfy { $0 == 1 }, "two steps of one job at once")
        #expect(changes.values.allSatisfy { $0 == 1 }, "two changes of one row or its files at once")
        let removals = work.filter { if case .removeCanvases = $0 { true } else { false } }
        #expect(removals.allSatisfy { $0.job.map { steps[$0] == nil } ?? true }, "canvases are removed in a step")
        #expect(machine.runCount <= Self.places)
        #expect(steps.count <= Self.places)
        for (job, row) in rows where !row.status.isFinal {
            #expect(machine.has(job) || isOnItsWay(job), "a job without an owner")
        }
        #expect(completions.values.allSatisfy { $0 == 1 }, "completed twice")
    }

    /// Checks the state after `calmDown`.
    func checkRest() {
        let left = rows.values.filter { !$0.status.isFinal }
        #expect(left == [], "jobs are left")
        #expect(Set(answers.keys) == Set(asked.keys), "requests without an answer")
        #expect(files.isSubset(of: rows.keys), "files of deleted jobs")
        let isWhole = files.union(lost) == Set(rows.keys).union(lost)
        #expect(isWhole, "jobs without files")
        #expect(rows.keys.allSatisfy { !machine.has($0) }, "entries of finished jobs")
        for (ticket, request) in asked where request.command == .delete && answers[ticket] == .done {
            #expect(rows[request.job] == nil)
        }
    }
}
