import Foundation
import GRDB
import TileCore

/// A tile's change of status, for the journal.
struct TileChange: Sendable {
    let tile: TileID
    /// The generation of the run that sent the tile. Changes of older runs are dropped.
    let generation: Int
    let status: TileStatus
    var worker: String?
    var milliseconds: Double?
}

extension Store {
    /// Writes a batch of changes. A completed tile stays completed, and changes of older runs and of deleted jobs are
    /// dropped.
    /// - Parameter ends: attempts without a result, for the jobs' histories.
    func apply(_ batch: [TileChange], ends: [AttemptEnd] = []) async throws {
        let now = Date.wholeMilliseconds()
        let made = try await write { database in
            let statement = try database.cachedStatement(
                sql: """
                    UPDATE tiles SET status = ?, worker_id = coalesce(?, worker_id), milliseconds = ?
                    WHERE job_id = ? AND pass = ? AND position = ? AND status <> 'completed'
                        AND ? = (SELECT generation FROM jobs WHERE jobs.job_id = tiles.job_id)
                    """)
            let made = try batch.filter { change in
                try statement.execute(arguments: [
                    change.status.rawValue, change.worker, change.milliseconds, change.tile.job.rawValue,
                    change.tile.pass, change.tile.index, change.generation,
                ])
                return database.changesCount > 0
            }
            for job in Set(made.lazy.filter { $0.status == .completed }.map(\.tile.job)) {
                try database.execute(
                    sql: "UPDATE jobs SET active_at = ? WHERE job_id = ?", arguments: [now, job.rawValue])
            }
            for end in ends { try end.record.add(to: database) }
            return made
        }
        changes.note(tiles: made)
    }

    /// The positions of the pass's tiles that are not completed, in order.
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
