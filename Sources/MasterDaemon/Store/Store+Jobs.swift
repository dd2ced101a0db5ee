import Foundation
import GRDB
import TileCore

extension Store {
    /// Adds a job with all its tiles. Where the idempotency key is known already, returns the job that has it.
    func insert(_ job: JobRecord, plan: PassPlan) async throws -> JobRecord? {
        try await pool.write { database in
            if let key = job.idempotencyKey,
                let earlier = try JobRecord.filter(JobRecord.CodingKeys.idempotencyKey == key).fetchOne(database)
            {
                return earlier
            }
            try job.insert(database)
            for pass in plan.passes.indices {
                for position in 0..<plan.grid.count {
                    let tile = plan.grid[position]
                    try TileRecord(
                        jobID: job.jobID, pass: pass, position: position, x: tile.x, y: tile.y, status: .pending
                    ).insert(database)
                }
            }
            return nil
        }
    }

    func job(_ id: JobID) async throws -> JobRecord? {
        try await pool.read { try JobRecord.fetchOne($0, key: id.rawValue) }
    }

    func job(idempotencyKey key: String) async throws -> JobRecord? {
        try await pool.read { try JobRecord.filter(JobRecord.CodingKeys.idempotencyKey == key).fetchOne($0) }
    }

    /// The newest first; those after `cursor` in this order.
    func jobs(status: JobStatus?, after cursor: JobID?, limit: Int) async throws -> [JobRecord] {
        try await pool.read { database in
            var request = JobRecord.order(JobRecord.CodingKeys.jobID.desc).limit(limit)
            if let status { request = request.filter(JobRecord.CodingKeys.status == status.rawValue) }
            if let cursor { request = request.filter(JobRecord.CodingKeys.jobID < cursor.rawValue) }
            return try request.fetchAll(database)
        }
    }

    /// Jobs that a restart goes on with, the oldest first.
    func unfinishedJobs() async throws -> [JobRecord] {
        try await pool.read { database in
            try JobRecord
                .filter(
                    [JobStatus.pending.rawValue, JobStatus.processing.rawValue]
                        .contains(JobRecord.CodingKeys.status)
                )
                .order(JobRecord.CodingKeys.jobID)
                .fetchAll(database)
        }
    }

    func jobCounts() async throws -> [JobStatus: Int] {
        try await pool.read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT status, count(*) AS n FROM jobs GROUP BY status")
            var counts: [JobStatus: Int] = [:]
            for row in rows {
                let name: String = row["status"]
                if let status = JobStatus(rawValue: name) { counts[status] = row["n"] }
            }
            return counts
        }
    }

    /// Changes a job where it still is in one of `states`; returns it as it is then, `nil` where it is in another.
    @discardableResult
    func update(
        _ id: JobID, from states: [JobStatus], _ change: @escaping @Sendable (inout JobRecord) -> Void
    ) async throws -> JobRecord? {
        try await pool.write { database in
            guard var job = try JobRecord.fetchOne(database, key: id.rawValue), states.contains(job.status) else {
                return nil
            }
            change(&job)
            try job.update(database)
            return job
        }
    }

    /// A failed or cancelled job back to pending, and its tiles with it that are not completed.
    func reopen(_ id: JobID) async throws -> JobRecord? {
        try await pool.write { database in
            guard var job = try JobRecord.fetchOne(database, key: id.rawValue),
                job.status == .failed || job.status == .cancelled
            else { return nil }
            job.status = .pending
            job.error = nil
            job.finishedAt = nil
            try job.update(database)
            try database.execute(
                sql: "UPDATE tiles SET status = 'pending' WHERE job_id = ? AND status <> 'completed'",
                arguments: [id.rawValue])
            return job
        }
    }

    /// Removes a job with its tiles; false where there is none.
    func delete(_ id: JobID) async throws -> Bool {
        try await pool.write { try JobRecord.deleteOne($0, key: id.rawValue) }
    }

    func isReachable() async throws {
        _ = try await pool.read { try Int.fetchOne($0, sql: "SELECT 1") }
    }
}

extension Store {
    func allJobIDs() async throws -> [JobID] {
        try await pool.read { try String.fetchAll($0, sql: "SELECT job_id FROM jobs").compactMap(JobID.init) }
    }
}
