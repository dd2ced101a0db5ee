import Foundation
import GRDB
import TileCore

extension Store {
    /// Inserts a job with all its tiles.
    /// - Returns: the earlier job if its idempotency key is the same; nothing is inserted then.
    func insert(_ job: JobRecord, plan: PassPlan) async throws -> JobRecord? {
        let earlier: JobRecord? = try await write { database in
            if let key = job.idempotencyKey,
                let earlier = try JobRecord.filter(JobRecord.CodingKeys.idempotencyKey == key).fetchOne(database)
            {
                return earlier
            }
            try job.insert(database)
            try JobEventRecord(jobID: job.jobID, at: job.createdAt, kind: .submitted).add(to: database)
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
        if earlier == nil { changes.note(job: job.jobID) }
        return earlier
    }

    func job(_ id: JobID) async throws -> JobRecord? {
        try await read { try JobRecord.fetchOne($0, key: id.rawValue) }
    }

    func job(idempotencyKey key: String) async throws -> JobRecord? {
        try await read { try JobRecord.filter(JobRecord.CodingKeys.idempotencyKey == key).fetchOne($0) }
    }

    /// A page of jobs, the newest first. The parameters are those of `JobQuery`.
    func jobs(
        statuses: Set<JobStatus> = [], search: String = "", owner: String? = nil, after cursor: JobID? = nil,
        limit: Int
    ) async throws -> [JobRecord] {
        try await jobs(
            JobQuery(
                statuses: statuses, search: search, owner: owner,
                cursor: cursor.map { JobCursor(job: $0, sort: .created, value: "") }, limit: limit))
    }

    func jobs(_ query: JobQuery) async throws -> [JobRecord] { try await read { try query.request.fetchAll($0) } }

    /// The unfinished jobs, the oldest first; a restarted master goes on with them.
    /// - Parameter owner: only jobs of this owner; `nil` for all.
    func unfinishedJobs(owner: String? = nil, limit: Int? = nil) async throws -> [JobRecord] {
        try await read { database in
            var request = JobRecord.filter(
                [JobStatus.pending.rawValue, JobStatus.processing.rawValue].contains(JobRecord.CodingKeys.status))
            if let owner { request = request.filter(JobRecord.CodingKeys.owner == owner) }
            return
                try request
                .order(JobRecord.CodingKeys.jobID)
                .limit(limit ?? -1)
                .fetchAll(database)
        }
    }

    /// Those of these jobs that exist, in any order.
    func jobs(_ ids: some Collection<JobID> & Sendable) async throws -> [JobRecord] {
        guard !ids.isEmpty else { return [] }
        return try await read { try JobRecord.fetchAll($0, keys: ids.map(\.rawValue)) }
    }

    func jobCounts() async throws -> [JobStatus: Int] {
        try await read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT status, count(*) AS n FROM jobs GROUP BY status")
            var counts: [JobStatus: Int] = [:]
            for row in rows {
                let name: String = row["status"]
                if let status = JobStatus(rawValue: name) { counts[status] = row["n"] }
            }
            return counts
        }
    }

    /// The creation time of the oldest job in each unfinished status; statuses without jobs are missing.
    func oldestUnfinished() async throws -> [JobStatus: Date] {
        try await read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT status, min(created_at) AS oldest FROM jobs WHERE status IN ('pending', 'processing')
                    GROUP BY status
                    """)
            var oldest: [JobStatus: Date] = [:]
            for row in rows {
                let name: String = row["status"]
                if let status = JobStatus(rawValue: name) { oldest[status] = row["oldest"] }
            }
            return oldest
        }
    }

    /// All jobs, for the retention. The sizes of their files are not in the database.
    func storedJobs() async throws -> [RetentionPolicy.StoredJob] {
        try await read { database in
            // Selects few columns, because all jobs are read, and often.
            try JobRecord.select([JobRecord.CodingKeys.jobID, .finishedAt, .format]).asRequest(of: StoredColumns.self)
                .fetchAll(database)
                .map { RetentionPolicy.StoredJob(id: $0.jobID, finishedAt: $0.finishedAt, format: $0.format) }
        }
    }

    /// The bytes of all sources and of all results.
    func storedBytes() async throws -> (sources: Int, results: Int) {
        try await read { database in
            let row = try Row.fetchOne(
                database, sql: "SELECT total(source_bytes) AS sources, total(output_bytes) AS results FROM jobs")
            let (sources, results): (Double, Double) = (row?["sources"] ?? 0, row?["results"] ?? 0)
            return (Int(sources), Int(results))
        }
    }

    func isReachable() async throws {
        _ = try await read { try Int.fetchOne($0, sql: "SELECT 1") }
    }
}

/// The columns of `jobs` that the retention reads.
private struct StoredColumns: Decodable, FetchableRecord {
    let jobID: JobID
    let finishedAt: Date?
    let format: ImageFileFormat

    enum CodingKeys: String, CodingKey {
        case jobID = "job_id"
        case finishedAt = "finished_at"
        case format
    }
}

extension Store {
    func allJobIDs() async throws -> [JobID] {
        try await read { try String.fetchAll($0, sql: "SELECT job_id FROM jobs").compactMap(JobID.init) }
    }
}
