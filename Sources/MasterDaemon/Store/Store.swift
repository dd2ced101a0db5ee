import Foundation
import GRDB
import TileCore

/// The database of jobs, tiles and workers.
///
/// Calls suspend while SQLite works on its own threads. Every method is one transaction. If the disk is full or the
/// database is locked, they throw a transient `ServiceError` (`ServiceError.isTransient`).
struct Store: Sendable {
    let pool: DatabasePool
    /// The changes for the live channel.
    let changes = ChangeLog()
    private let reserve: DiskReserve

    /// Opens the database and brings its tables up to date.
    /// - Throws: `ServiceError` for the person who started the master. The database's contents are unchanged then.
    init(path: String) throws {
        var configuration = Configuration()
        configuration.label = "tilework"
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            // A commit survives a crash of the process at once, and a crash of the machine after some seconds. FULL would
            // wait for the disk in every batch of tiles.
            try database.execute(sql: "PRAGMA synchronous = NORMAL")
        }
        let reserve = DiskReserve(path: path + "-reserve")
        self.reserve = reserve
        do {
            // On a full disk the reserve is released first, because SQLite needs space for the index of its log even to read.
            do {
                try DatabaseCheck(path: path).run(configuration)
            } catch let error as DatabaseError where error.mayBeFullDisk {
                reserve.release()
                try DatabaseCheck(path: path).run(configuration)
            }
            reserve.release()
            pool = try DatabasePool(path: path, configuration: configuration)
            try Schema.migrator.migrate(pool)
            // An empty write fails if another program keeps the database locked; reads would not notice it.
            try pool.write { _ in }
        } catch let error as DatabaseError {
            throw ServiceError(cannotOpen: path, error, isDiskFull: error.mayBeFullDisk && reserve.isDiskFull)
        }
        reserve.take()
    }

    func read<T: Sendable>(_ body: @Sendable (Database) throws -> T) async throws -> T {
        do {
            return try await pool.read(body)
        } catch let error as DatabaseError {
            throw ServiceError.explaining(error)
        }
    }

    func write<T: Sendable>(_ body: @Sendable (Database) throws -> T) async throws -> T {
        do {
            return try await writeWithReserve(body)
        } catch let error as DatabaseError {
            throw ServiceError.explaining(error)
        }
    }

    /// Takes the reserve again if it was released and the disk has space. Call it now and then, on a thread that may wait
    /// for the disk.
    func renewReserve() { reserve.takeAgain() }

    private func writeWithReserve<T: Sendable>(_ body: @Sendable (Database) throws -> T) async throws -> T {
        do {
            return try await pool.write(body)
        } catch let error as DatabaseError {
            guard error.resultCode == .SQLITE_FULL else { throw error }
            return try await pool.write { [reserve] database in
                reserve.release()
                return try body(database)
            }
        }
    }
}

extension DatabaseError {
    /// Whether a full disk may be the cause. SQLite reports `SQLITE_FULL` for some of its writes only.
    fileprivate var mayBeFullDisk: Bool { [.SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CANTOPEN].contains(resultCode) }
}

extension ServiceError {
    /// The master cannot start with this database.
    fileprivate init(cannotOpen path: String, _ error: DatabaseError, isDiskFull: Bool) {
        let reason = error.message ?? error.localizedDescription
        let text =
            switch error.resultCode {
            case _ where isDiskFull:
                Self.diskFull("the database \(path) cannot be opened: \(reason). Free some space, and start again")
                    .detail
            case .SQLITE_BUSY, .SQLITE_LOCKED:
                "the database \(path) is locked by another program; end that one, or choose another --data-dir"
            case .SQLITE_CORRUPT, .SQLITE_NOTADB:
                "the database \(path) is damaged: \(reason). Nothing was changed; restore a copy of it, or choose "
                    + "another --data-dir"
            default:
                "the database \(path) cannot be opened: \(reason). Nothing in it was changed; move it away together with "
                    + "the folders next to it, or choose another --data-dir"
            }
        self.init(.startup, text)
    }

    /// The error for users, if they can do something about it; otherwise the error itself.
    fileprivate static func explaining(_ error: DatabaseError) -> any Error {
        let reason = error.message ?? error.localizedDescription
        return switch error.resultCode {
        case .SQLITE_FULL: ServiceError.diskFull()
        case .SQLITE_NOMEM: ServiceError(.notReady, "the database has not enough memory now")
        case .SQLITE_BUSY, .SQLITE_LOCKED: ServiceError(.notReady, "another program keeps the database locked")
        case .SQLITE_IOERR, .SQLITE_CANTOPEN: ServiceError(.notReady, "the database cannot be used now: \(reason)")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: ServiceError(.internalError, "the database is damaged: \(reason)")
        default: error
        }
    }
}
