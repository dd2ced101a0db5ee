import Dispatch
import Foundation
import Logging
import Synchronization
import SystemPackage
import TileCore

/// The audit log: who did what to which job, and from where. Each entry is one line of JSON.
final class AuditLog: Sendable {
    private struct State {
        /// How many lines are not written yet.
        var waiting = 0
        var refusals = RefusalLines()
    }

    /// How many lines may wait for a slow file. Further lines are lost, and the master's own log reports the loss.
    private static let mostWaiting = 10_000

    private let file: FileDescriptor?
    private let logger: Logger
    private let state = Mutex(State())
    /// Seconds of a monotonic clock.
    private let now: @Sendable () -> Double
    /// Lines are written on this queue, so that requests wait neither for a disk nor for the reader of standard output.
    private let queue = DispatchQueue(label: "audit log")

    /// - Parameter path: the file to append to; `-` for standard output; `nil` for no audit log.
    /// - Throws: if the file cannot be opened.
    init(
        path: String?, logger: Logger, now: @escaping @Sendable () -> Double = Uptime.seconds
    ) throws(ServiceError) {
        self.logger = logger
        self.now = now
        file =
            switch path {
            case nil: nil
            case "-": .standardOutput
            case let path?: try Self.open(path)
            }
    }

    /// The default path.
    static func path(in dataDirectory: String) -> String { "\(dataDirectory)/audit.jsonl" }

    /// Queues a line. Lines are written in the order of the calls.
    func write(_ entry: AuditEntry) {
        guard let file else { return }
        var entry = entry
        let isTaken = state.withLock { state in
            if entry.isBounded {
                guard let omitted = state.refusals.take(of: entry.principal, at: now()) else { return true }
                entry.omitted = omitted > 0 ? omitted : nil
            }
            guard state.waiting < Self.mostWaiting else { return false }
            state.waiting += 1
            queue.async { [self, entry] in append(entry, to: file) }
            return true
        }
        if !isTaken { logger.error("audit log too slow, a line is lost") }
    }

    /// Writes how many lines were omitted, then waits until all lines are written. It waits `patience` at most, because
    /// the reader of standard output may have stopped.
    /// - Returns: whether all lines are written.
    @discardableResult
    func flush(patience: Duration = .seconds(1)) async -> Bool {
        for (principal, omitted) in state.withLock({ $0.refusals.rest() }) {
            var entry = AuditEntry(action: .refuse, principal: principal)
            entry.omitted = omitted
            entry.isBounded = false
            write(entry)
        }
        let (ends, end) = AsyncStream<Bool>.makeStream()
        queue.async {
            end.yield(true)
            end.finish()
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + patience / .seconds(1)) {
            end.yield(false)
            end.finish()
        }
        for await isWritten in ends {
            if !isWritten { logger.error("audit log too slow, its last lines are lost") }
            return isWritten
        }
        return false
    }

    /// Appends one line and returns when it is in the file. For commands that exit afterwards.
    /// - Throws: if the line cannot be written.
    static func append(_ entry: AuditEntry, to path: String) throws(ServiceError) {
        let file = try open(path)
        defer { try? file.close() }
        do {
            try file.writeAll(line(entry))
        } catch {
            throw ServiceError(.startup, "the audit log \(path) cannot be written: \(error)")
        }
    }

    private static func open(_ path: String) throws(ServiceError) -> FileDescriptor {
        do {
            return try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.append, .create, .closeOnExec],
                permissions: .ownerReadWrite)
        } catch {
            let why = FileObstacle.find(whenWriting: RawPath(path))?.description ?? "\(error)"
            throw ServiceError(
                .startup, "the audit log \(path) cannot be opened: \(why); name another file with --audit-log")
        }
    }

    private func append(_ entry: AuditEntry, to file: FileDescriptor) {
        do {
            // One call to write, so that lines of other processes cannot come in between.
            try file.writeAll(Self.line(entry))
        } catch {
            logger.error("audit log cannot be written", metadata: [LogKey.reason: "\(error)"])
        }
        state.withLock { $0.waiting -= 1 }
    }

    private static func line(_ entry: AuditEntry) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        var line = try encoder.encode(entry)
        line.append(UInt8(ascii: "\n"))
        return line
    }
}
