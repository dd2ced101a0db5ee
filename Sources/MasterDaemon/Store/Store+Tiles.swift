import GRDB
import TileCore

/// A tile's step from one status to the next, for the journal.
struct TileChange: Sendable {
    let tile: TileID
    /// That of the run that the tile was sent for. What older runs have to say is not believed.
    let generation: Int
    let status: TileStatus
    var worker: String?
    var milliseconds: Double?
}

extension Store {
    /// Writes a batch of changes. A completed tile stays completed, and changes of older runs and of deleted jobs are dropped.
    func apply(_ batch: [TileChange]) async throws {
        let made = try await write { database in
            let statement = try database.cachedStatement(
                sql: """
                    UPDATE tiles SET status = ?, worker_id = coalesce(?, worker_id), milliseconds = ?
                    WHERE job_id = ? AND pass = ? AND position = ? AND status <> 'completed'
                        AND ? = (SELECT generation FROM jobs WHERE jobs.job_id = tiles.job_id)
                    """)
            return try batch.filter { change in
                try statement.execute(arguments: [
                    change.status.rawValue, change.worker, change.milliseconds, change.tile.job.rawValue,
                    change.tile.pass, change.tile.index, change.generation,
                ])
                return database.changesCount > 0
            }
        }
        changes.note(tiles: made)
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

    func tiles(_ job: JobID, pass: Int) async throws -> [TileRecord] {
        try await read { database in
            try TileRecord
                .filter(TileRecord.CodingKeys.jobID == job.rawValue && TileRecord.CodingKeys.pass == pass)
                .order(TileRecord.CodingKeys.position)
                .fetchAll(database)
        }
    }
}
