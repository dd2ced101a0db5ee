import Foundation
import GRDB

extension Store {
    func save(_ workers: [WorkerRecord]) async throws {
        try await write { database in
            for worker in workers { try worker.upsert(database) }
        }
        for worker in workers { changes.note(worker: worker.workerID) }
    }

    func workers() async throws -> [WorkerRecord] {
        try await read { try WorkerRecord.order(WorkerRecord.CodingKeys.workerID).fetchAll($0) }
    }

    /// Removes workers without a heartbeat since `limit`, except those that are online.
    /// - Returns: the removed workers' ids.
    func forgetWorkers(heardBefore limit: Date, except online: Set<String>) async throws -> [String] {
        // Reads first, because a read does not wait for writers, and usually there is nothing to remove.
        let old = try await read { database in
            try String.fetchAll(
                database, sql: "SELECT worker_id FROM workers WHERE last_heartbeat < ? ORDER BY worker_id",
                arguments: [limit])
        }.filter { !online.contains($0) }
        guard !old.isEmpty else { return [] }
        let forgotten = try await write { database in
            try old.filter { id in
                // A heartbeat may have been saved since.
                try database.execute(
                    sql: "DELETE FROM workers WHERE worker_id = ? AND last_heartbeat < ?", arguments: [id, limit])
                return database.changesCount > 0
            }
        }
        for id in forgotten { changes.note(worker: id) }
        return forgotten
    }

    /// Removes a worker, if there is one with this id.
    func forgetWorker(_ id: String) async throws {
        try await write { try $0.execute(sql: "DELETE FROM workers WHERE worker_id = ?", arguments: [id]) }
        changes.note(worker: id)
    }

    /// Marks all workers as offline, because a starting master does not know which are online.
    func markAllWorkersOffline() async throws {
        try await write { try $0.execute(sql: "UPDATE workers SET status = 'offline'") }
    }
}
