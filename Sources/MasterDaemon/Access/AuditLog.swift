import Dispatch
import Foundation
import Logging
import Synchronization
import SystemPackage
import TileCore

/// Who did what to which job, from where: one line of JSON each.
final class AuditLog: Sendable {
    /// What is written down. Reading is not, but for attempts that were refused.
    enum Action: String, Encodable, Sendable, CaseIterable {
        case submit = "job.submit"
        case cancel = "job.cancel"
        case retry = "job.retry"
        case delete = "job.delete"
        case preview = "preview.make"
        case drain = "worker.drain"
        case createKey = "key.create"
        case revokeKey = "key.revoke"
        case rotateKey = "key.rotate"
        case logIn = "session.start"
        case logOut = "session.end"
        /// A request for which the rights were missing.
        case refuse = "request.refuse"
    }

    struct Entry: Encodable, Sendable {
        var time = Date()
        let action: Action
        let principal: String?
        let role: String?
        let from: String?
        let method: String
        /// Without the query, which may hold more than a log should.
        let path: String
        var job: String?
        /// What else it was done to: a worker, a key.
        var object: String?
        let status: Int
        /// Lines of those whom nobody knows that were left out before this one.
        var omitted: Int?

        enum CodingKeys: String, CodingKey {
            case time, action, principal, role, from, method, path, job, object, status, omitted
        }
    }

    private struct State {
        /// Lines that are not written yet.
        var waiting = 0
        /// Of those whom nobody knows.
        var strangers = StrangerLines()
    }

    /// Lines that may wait for a slow file. More are lost, which the master's own log says.
    private static let mostWaiting = 10_000

    private let file: FileDescriptor?
    private let logger: Logger
    private let state = Mutex(State())
    /// Requests do not wait for a disk, nor for whoever reads standard output.
    private let queue = DispatchQueue(label: "audit log")

    /// - Parameter path: the file to append to; `-` is standard output, and `nil` none at all.
    init(path: String?, logger: Logger) throws {
        self.logger = logger
        file =
            switch path {
            case nil: nil
            case "-": .standardOutput
            case let path?:
                try FileDescriptor.open(
                    FilePath(path), .writeOnly, options: [.append, .create, .closeOnExec],
                    permissions: .ownerReadWrite)
            }
    }

    /// Takes a line; it is written soon, and in this order.
    func write(_ entry: Entry) {
        guard let file else { return }
        var entry = entry
        let isTaken = state.withLock { state in
            if entry.principal == nil {
                guard let omitted = state.strangers.take(at: entry.time.timeIntervalSince1970) else { return true }
                entry.omitted = omitted > 0 ? omitted : nil
            }
            guard state.waiting < Self.mostWaiting else { return false }
            state.waiting += 1
            queue.async { [self, entry] in append(entry, to: file) }
            return true
        }
        if !isTaken { logger.error("audit log too slow, a line is lost") }
    }

    /// Returns once all lines that were taken are written.
    func flush() { queue.sync {} }

    private func append(_ entry: Entry, to file: FileDescriptor) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        do {
            var line = try encoder.encode(entry)
            line.append(UInt8(ascii: "\n"))
            // One call, so that lines of other writers do not come in between.
            try file.writeAll(line)
        } catch {
            logger.error("audit log cannot be written", metadata: [LogKey.reason: "\(error)"])
        }
        state.withLock { $0.waiting -= 1 }
    }
}
