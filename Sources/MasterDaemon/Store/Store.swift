import Foundation
import GRDB
import TileCore

/// The database: the truth about jobs, tiles and workers.
///
/// Calls suspend while SQLite works on its own threads. Every method is one transaction.
struct Store: Sendable {
    let pool: DatabasePool
    /// What was changed of late.
    let changes = ChangeLog()

    /// Opens the database and brings its tables up to date.
    /// - Throws: `ServiceError` in words for the person who started the master.
    init(path: String) throws {
        var configuration = Configuration()
        configuration.label = "tilework"
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            // A commit survives the end of the process at once and the end of the machine within seconds; what
            // `synchronous` FULL adds is a wait for the disk in every batch of tiles.
            try database.execute(sql: "PRAGMA synchronous = NORMAL")
        }
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            try Schema.migrator.migrate(pool)
        } catch let error as DatabaseError {
            throw ServiceError(
                .startup,
                "the database \(path) cannot be opened: \(error.message ?? error.localizedDescription). "
                    + "Nothing in it was changed; move it away or choose another --data-dir")
        }
    }
}
