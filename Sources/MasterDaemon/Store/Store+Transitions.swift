import Foundation
import GRDB
import TileCore

extension Store {
    /// The outcome of a transition.
    enum Transitioned: Sendable {
        /// The transition was made. Has the new row, or the deleted one.
        case made(JobRecord)
        /// Nothing was changed, because the row was not as expected. Has the row as it is; `nil` if there is none.
        case refused(JobRecord?)
    }

    /// Makes a transition if the job's row still is as the machine knows it. After the insertion, rows change only here and
    /// by what a run records about its own job: passes, notes, tiles.
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
            // Reads the row again, because times are stored rounded and a trigger has counted the tiles.
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

    /// Adds a run's notes about its job's files.
    /// - Parameter isFirst: removes the notes of earlier runs.
    func note(_ notes: [String], of run: JobMachine.Run, isFirst: Bool) async throws {
        guard isFirst || !notes.isEmpty else { return }
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

    /// Records that a pass has begun. Passes overlap. The row has the one that began last, and users see that one.
    /// - Throws: `CancellationError` if the run is not the job's current one.
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

    /// Sets all tiles back to pending, because the canvases of earlier runs cannot be used, and the job starts from its
    /// source. Deletes tiles of passes from `passes` on, which another release has planned.
    /// - Parameter boot: the era in which the new canvases are valid (`JobRecord.bootID`); `nil` for none.
    /// - Returns: the job afterwards; `nil` if the run is not the job's current one.
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
            // A run without an end, for example after a crash of the master, counts as worked until its last tile.
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

    /// The event that a transition adds to the job's history. `self` is the row after the transition.
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
