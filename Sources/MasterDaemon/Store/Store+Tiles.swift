import GRDB
import TileCore

/// A tile's step from one status to the next, for the journal.
struct TileChange: Sendable {
    let tile: TileID
    let status: TileStatus
    var worker: String?
    var milliseconds: Double?
}

extension Store {
    /// Writes a batch of changes. A completed tile stays completed, and tiles of deleted jobs are passed over.
    func apply(_ batch: [TileChange]) async throws {
        try await write { database in
            let statement = try database.cachedStatement(
                sql: """
                    UPDATE tiles SET status = ?, worker_id = coalesce(?, worker_id), milliseconds = ?
                    WHERE job_id = ? AND pass = ? AND position = ? AND status <> 'completed'
                    """)
            for change in batch {
                try statement.execute(arguments: [
                    change.status.rawValue, change.worker, change.milliseconds, change.tile.job.rawValue,
                    change.tile.pass, change.tile.index,
                ])
            }
        }
        changes.note(tiles: batch)
    }

    /// The tiles of a pass that have no pixels yet, in order.
    func missingTiles(_ job: JobID, pass: Int) async throws -> [Int] {
        try await read { database in
            try Int.fetchAll(
                database,
                sql: """
                    SELECT position FROM tiles WHERE job_id = ? AND pass = ? AND status <> 'completed'
                    ORDER BY position
                    """, arguments: [job.rawValue, pass])
        }
    }

    /// All tiles of a job back to pending, for a start from the source.
    func resetTiles(_ job: JobID) async throws {
        try await write { database in
            try database.execute(
                sql: "UPDATE tiles SET status = 'pending', worker_id = NULL, milliseconds = NULL WHERE job_id = ?",
                arguments: [job.rawValue])
        }
        changes.note(reset: job)
    }

    func tiles(_ job: JobID, pass: Int) async throws -> [TileRecord] {
        try await read { database in
            try TileRecord
                .filter(TileRecord.CodingKeys.jobID == job.rawValue && TileRecord.CodingKeys.pass == pass)
                .order(TileRecord.CodingKeys.position)
                .fetchAll(database)
        }
    }

    /// The counts of several jobs in one look.
    func tileCounts(_ jobs: [JobID]) async throws -> [JobID: TileCounts] {
        try await read { database in
            var counts: [JobID: TileCounts] = [:]
            for job in jobs {
                let row = try Row.fetchOne(
                    database,
                    sql: """
                        SELECT count(*) AS total, count(*) FILTER (WHERE status = 'completed') AS completed,
                            count(*) FILTER (WHERE status = 'failed') AS failed
                        FROM tiles WHERE job_id = ?
                        """, arguments: [job.rawValue])
                counts[job] = TileCounts(
                    total: row?["total"] ?? 0, completed: row?["completed"] ?? 0, failed: row?["failed"] ?? 0)
            }
            return counts
        }
    }
}
