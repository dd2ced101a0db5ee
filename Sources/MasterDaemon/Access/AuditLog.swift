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

        enum CodingKeys: String, CodingKey {
            case time, action, principal, role, from, method, path, job, object, status
        }
    }

    private let file: Mutex<FileDescriptor?>
    private let logger: Logger

    /// - Parameter path: the file to append to; `-` is standard output, and `nil` none at all.
    init(path: String?, logger: Logger) throws {
        self.logger = logger
        guard let path else {
            file = Mutex(nil)
            return
        }
        file = Mutex(
            path == "-"
                ? .standardOutput
                : try FileDescriptor.open(
                    FilePath(path), .writeOnly, options: [.append, .create, .closeOnExec],
                    permissions: .ownerReadWrite))
    }

    func write(_ entry: Entry) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        do {
            var line = try encoder.encode(entry)
            line.append(UInt8(ascii: "\n"))
            // One call, so that lines of other writers do not come in between.
            _ = try file.withLock { file in try file?.writeAll(line) }
        } catch {
            logger.error("the audit log cannot be written", metadata: [LogKey.reason: "\(error)"])
        }
    }
}
