import Foundation
import GRDB

/// Checks a database before it is opened for writing, because opening it already changes files.
struct DatabaseCheck: Sendable {
    let path: String

    /// - Parameter configuration: the configuration of later connections.
    /// - Throws: `DatabaseError` if the database is damaged, locked, of another program or of a newer release.
    func run(_ configuration: Configuration) throws {
        guard !Self.isNew(path) else { return }
        try checkLog()
        var configuration = configuration
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? queue.close() }
        try queue.read { database in
            let tables = try String.fetchSet(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
            guard tables.isEmpty || tables.contains("grdb_migrations") else {
                throw DatabaseError(message: "it belongs to another program")
            }
            guard try !Schema.migrator.hasBeenSuperseded(database) else {
                throw DatabaseError(message: "it was written by a newer release of Tilework; start that one")
            }
            // This takes 65 ms for 100,000 tiles.
            let found = try String.fetchOne(database, sql: "PRAGMA quick_check(1)")
            guard found == "ok" else {
                // The reason follows a heading.
                let reason = found?.split(separator: "\n").last.map(String.init)
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: reason)
            }
        }
    }

    /// Whether the file is missing or empty.
    static func isNew(_ path: String) -> Bool {
        let bytes = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        return (bytes ?? 0) == 0
    }

    /// SQLite silently ignores a log that it cannot read, and loses what was committed to it.
    private func checkLog() throws {
        guard let file = FileHandle(forReadingAtPath: path + "-wal") else { return }
        defer { try? file.close() }
        let start = [UInt8](try file.read(upToCount: 32) ?? Data())
        // If the machine crashed while SQLite created the log, it may be short or all zeros.
        guard start.count == 32, start.contains(where: { $0 != 0 }) else { return }
        let magic = start.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        // The last bit is the byte order of the checksums.
        guard magic & ~1 == 0x377F_0682 else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "\(path)-wal is not a valid SQLite log")
        }
    }
}
