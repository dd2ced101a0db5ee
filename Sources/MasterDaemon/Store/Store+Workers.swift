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

    /// Who was online when the master ended is not known to be online now.
    func markAllWorkersOffline() async throws {
        try await write { try $0.execute(sql: "UPDATE workers SET status = 'offline'") }
    }
}
