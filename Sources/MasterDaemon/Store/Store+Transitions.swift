import Foundation
import GRDB
import TileCore

extension Store {
    /// What became of a transition.
    enum Transitioned: Sendable {
        /// It was made; the row as it is now, or as it was before it was deleted.
        case made(JobRecord)
        /// The row was not as expected, and is as it was; `nil` if there is none.
        case refused(JobRecord?)
    }

    /// Moves a job on, if its row still is as the machine knows it. This is the only way in which a row changes once
    /// it was inserted, but for what a run notes of its own tiles.
    func transition(
        _ id: JobID, _ transition: JobMachine.Transition, from row: JobMachine.Row
    ) async throws -> Transitioned {
        let result: Transitioned = try await write { database in
            guard let before = try JobRecord.fetchOne(database, key: id.rawValue), before.row == row else {
                return .refused(try JobRecord.fetchOne(database, key: id.rawValue))
            }
            if case .delete = transition {
                try before.delete(database)
                return .made(before)
            }
            let after = before.after(transition)
            try after.update(database)
            try after.event(of: transition, from: before.status).add(to: database)
            if case .reopen = transition {
                try database.execute(
                    sql: "UPDATE tiles SET status = 'pending' WHERE job_id = ? AND status IN ('processing', 'failed')",
                    arguments: [id.rawValue])
            }
            // As it will be read from now on: with times as they are stored, and tiles counted anew.
            return .made(try JobRecord.fetchOne(database, key: id.rawValue) ?? after)
        }
        if case .made(let job) = result { note(transition, of: job) }
        return result
    }

    private func note(_ transition: JobMachine.Transition, of job: JobRecord) {
        switch transition {
        case .delete: changes.note(deleted: job)
        case .reopen: changes.note(reset: job.jobID)
        case .begin, .complete, .fail, .cancel: changes.note(job: job.jobID)
        }
    }

    /// Says what a run has found about its job's files; what was known before stays.
    /// - Parameter isFirst: what earlier runs have found goes.
    func note(_ notes: [String], of run: JobMachine.Run, isFirst: Bool) async throws {
        let isChanged: Bool = try await write { database in
            guard var job = try JobRecord.fetchOne(database, key: run.job.rawValue), job.run == run else {
                return false
            }
            var all = isFirst ? [] : job.notes
            for note in notes where !all.contains(note) { all.append(note) }
            guard all != job.notes else { return false }
            job.notes = all
            try job.update(database)
            return true
        }
        if isChanged { changes.note(job: run.job) }
    }

    /// A pass has begun. Passes overlap; the row has the last one, which is what is shown of the job.
    /// - Throws: `CancellationError` if the run is not the job's any more.
    func begin(pass: Int, of run: JobMachine.Run) async throws {
        let isChanged: Bool? = try await write { database in
            guard var job = try JobRecord.fetchOne(database, key: run.job.rawValue), job.run == run else { return nil }
            guard job.pass < pass else { return false }
            job.pass = pass
            try job.update(database)
            return true
        }
        guard let isChanged else { throw CancellationError() }
        if isChanged { changes.note(job: run.job) }
    }

    /// The canvases of earlier runs are not believed: all tiles back to pending, for a start from the source. Tiles of
    /// passes from `passes` on, which another release had planned, are deleted.
    /// - Parameter boot: in which canvases are believed from now on; `nil` in none.
    /// - Returns: the job then; `nil` if the run is not the job's any more.
    func restart(_ run: JobMachine.Run, boot: String?, passes: Int) async throws -> JobRecord? {
        let restarted: JobRecord? = try await write { database in
            guard var job = try JobRecord.fetchOne(database, key: run.job.rawValue), job.run == run,
                job.status == .processing
            else { return nil }
            job.pass = 0
            job.bootID = boot
            try job.update(database)
            try database.execute(
                sql: """
                    UPDATE tiles SET status = 'pending', worker_id = NULL, milliseconds = NULL
                    WHERE job_id = ? AND (status <> 'pending' OR worker_id IS NOT NULL)
                    """, arguments: [run.job.rawValue])
            try database.execute(
                sql: "DELETE FROM tiles WHERE job_id = ? AND pass >= ?", arguments: [run.job.rawValue, passes])
            if database.changesCount > 0 {
                try database.execute(
                    sql: """
                        UPDATE jobs SET tile_count = (SELECT count(*) FROM tiles WHERE tiles.job_id = jobs.job_id)
                        WHERE job_id = ?
                        """, arguments: [run.job.rawValue])
            }
            return try JobRecord.fetchOne(database, key: run.job.rawValue)
        }
        if restarted != nil { changes.note(reset: run.job) }
        return restarted
    }
}

extension JobRecord {
    /// The row after a transition that does not delete it.
    func after(_ transition: JobMachine.Transition) -> JobRecord {
        var job = self
        let now = Date.wholeMilliseconds()
        switch transition {
        case .begin:
            // A run that did not end, as with the end of the master, worked until its last tile.
            if let activeAt, let resumedAt, activeAt > resumedAt { job.pause(at: activeAt) }
            job.status = .processing
            job.generation += 1
            job.resumedAt = now
            if job.startedAt == nil { job.startedAt = now }
        case .complete(let bytes):
            job.status = .completed
            job.outputPath = JobFiles.outputName(jobID, format)
            job.outputBytes = bytes
        case .fail(let reason):
            job.status = .failed
            job.error = reason
        case .cancel: job.status = .cancelled
        case .reopen:
            job.status = .pending
            job.error = nil
        case .delete: break
        }
        job.finishedAt = job.status.isFinal ? job.finishedAt ?? now : nil
        if job.status.isFinal { job.pause(at: job.finishedAt ?? now) }
        return job
    }

    /// What a transition that does not delete the row is called in the job's history. This is the row afterwards.
    fileprivate func event(of transition: JobMachine.Transition, from status: JobStatus) -> JobEventRecord {
        let kind: JobEventRecord.Kind =
            switch transition {
            case .begin: status == .processing ? .continued : .started
            case .complete: .completed
            case .fail: .failed
            case .cancel, .delete: .cancelled
            case .reopen: .retried
            }
        return JobEventRecord(
            jobID: jobID, at: (status.isFinal ? nil : finishedAt) ?? resumedAt ?? .wholeMilliseconds(), kind: kind,
            reason: error.map { String($0.prefix(AttemptEnd.longestReason)) })
    }
}
