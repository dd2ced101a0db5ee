import GRDB
import TileCore

extension Store {
    /// Of each job the newest events of its own are kept, and the newest of its tiles: so many of each.
    static let mostEvents = 100

    /// What happened to a job, the oldest first.
    func events(of job: JobID) async throws -> [JobEventRecord] {
        try await read { database in
            try JobEventRecord
                .filter(JobEventRecord.CodingKeys.jobID == job.rawValue)
                .order(JobEventRecord.CodingKeys.eventID)
                .fetchAll(database)
        }
    }
}

extension JobEventRecord {
    /// Adds the event, unless its job is gone. The oldest of its kind go when there are too many.
    func add(to database: Database) throws {
        guard try JobRecord.exists(database, key: jobID.rawValue) else { return }
        try insert(database)
        try database.cachedStatement(
            sql: """
                DELETE FROM job_events WHERE job_id = ? AND (position IS NULL) = ? AND event_id <= (
                    SELECT event_id FROM job_events WHERE job_id = ? AND (position IS NULL) = ?
                    ORDER BY event_id DESC LIMIT 1 OFFSET ?)
                """
        ).execute(
            arguments: [jobID.rawValue, position == nil, jobID.rawValue, position == nil, Store.mostEvents])
    }
}
