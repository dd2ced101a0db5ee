import Foundation
import GRDB

/// Looks at a database before anything is written to it: opening one for writing already changes files.
struct DatabaseCheck: Sendable {
    let path: String

    /// - Parameter configuration: that of the connections to come.
    /// - Throws: `DatabaseError` if it is damaged, locked, or not one for this release. A new one is fine.
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
            // Takes 65 ms for 100,000 tiles.
            let found = try String.fetchOne(database, sql: "PRAGMA quick_check(1)")
            guard found == "ok" else {
                // After a heading.
                let reason = found?.split(separator: "\n").last.map(String.init)
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: reason)
            }
        }
    }

    /// Whether it is missing or empty.
    static func isNew(_ path: String) -> Bool {
        let bytes = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        return (bytes ?? 0) == 0
    }

    /// SQLite silently ignores a log that it cannot read, and loses what was committed to it.
    private func checkLog() throws {
        guard let file = FileHandle(forReadingAtPath: path + "-wal") else { return }
        defer { try? file.close() }
        let start = [UInt8](try file.read(upToCount: 32) ?? Data())
        // A log that was made as the machine went down may be short or all zeros.
        guard start.count == 32, start.contains(where: { $0 != 0 }) else { return }
        let magic = start.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        // The last bit tells the order of bytes in its checksums.
        guard magic & ~1 == 0x377F_0682 else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "its log \(path)-wal is not one")
        }
    }
}
