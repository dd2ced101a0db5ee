import GRDB
import TileCore

extension Store {
    /// How many events of a job itself are kept, and also how many of its tiles: the newest ones.
    static let mostEvents = 100

    /// The events of a job, the oldest first.
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
    /// Inserts the event, unless its job was deleted. Deletes the oldest events of the job, or of its tiles, if there are
    /// too many.
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
