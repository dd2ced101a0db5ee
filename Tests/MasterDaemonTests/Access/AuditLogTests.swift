import Foundation
import Logging
import Testing

@testable import MasterDaemon

@Suite struct AuditLogTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func refusal(of principal: String?) -> AuditEntry {
        var entry = AuditEntry(action: .refuse, principal: principal)
        (entry.path, entry.isBounded) = ("/x", true)
        return entry
    }

    private func lines() throws -> [[String: Any]] {
        try String(contentsOfFile: folder.path("audit.jsonl"), encoding: .utf8).split(separator: "\n").map {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
        }
    }

    /// Refusals cannot fill the disk, whether of users or of strangers. The number of omitted lines is written at the
    /// end.
    @Test func refusalsAreBoundedForEachPrincipal() async throws {
        let log = try AuditLog(path: folder.path("audit.jsonl"), logger: .silent) { 7 }
        for _ in 0..<1000 { log.write(refusal(of: "ann")) }
        for _ in 0..<300 { log.write(refusal(of: nil)) }
        for _ in 0..<250 { log.write(AuditEntry(action: .submit, principal: "ann")) }
        let isWritten = await log.flush()
        #expect(isWritten)
        let lines = try lines()
        #expect(lines.count == 652)
        let told = lines.suffix(2).map { line -> String in
            "\(line["principal"] as? String ?? "nobody") \(line["omitted"] as? Int ?? 0)"
        }
        #expect(told == ["nobody 100", "ann 800"])
    }

    /// The audit log can be a pipe whose reader has stopped reading. The master ends nevertheless.
    @Test(.timeLimit(.minutes(10))) func aStoppedReaderDoesNotBlockTheEnd() async throws {
        let pipe = folder.path("pipe")
        #expect(unsafe mkfifo(pipe, 0o600) == 0)
        // Keeps the pipe open and reads nothing.
        let reader = try #require(FileHandle(forUpdatingAtPath: pipe))
        let problems = LogLines()
        let log = try AuditLog(path: pipe, logger: problems.logger)
        for number in 0..<2000 {
            log.write(AuditEntry(action: .submit, principal: "\(number) \(String(repeating: "x", count: 200))"))
        }
        let isWritten = await log.flush(patience: .milliseconds(50))
        #expect(!isWritten)
        #expect(problems.lines == ["error: audit log too slow, its last lines are lost"])
        // Waiting lines are written when somebody reads again.
        var lines = 0
        while lines < 2000 { lines += reader.availableData.count { $0 == UInt8(ascii: "\n") } }
        #expect(lines == 2000)
    }

    @Test func aFileThatCannotBeOpenedIsNamed() {
        #expect { try AuditLog(path: "/does/not/exist/audit", logger: .silent) } throws: { error in
            let text = (error as? ServiceError)?.detail ?? ""
            return text.contains("/does/not/exist/audit") && text.contains("--audit-log")
        }
    }

    /// The command line writes to the same file, before it changes anything.
    @Test func changesOfTheCommandLineAreInIt() throws {
        let keys = KeyChanges(
            store: KeyStore(folder: folder.url.path), auditLog: folder.path("audit.jsonl"), user: "ann")
        let now = Date.wholeSeconds()
        _ = try keys.change(.createKey, "lab", role: .operator, expires: now + 60) {
            try $0.create("lab", role: .operator, expiresAt: now + 60, now: now)
        }
        #expect(throws: ServiceError.self) { try keys.change(.revokeKey, "x") { try $0.revoke("x", now: now) } }
        try keys.change(.revokeKey, "lab") { try $0.revoke("lab", now: now) }
        let lines = try lines()
        let actions = lines.compactMap { $0["action"] as? String }
        #expect(actions == ["key.create", "key.revoke"])
        for line in lines {
            #expect(line["principal"] as? String == "system:ann")
            #expect(line["from"] as? String == "command line")
        }
        #expect(lines[0]["granted_role"] as? String == "operator")
        #expect(lines[0]["expires"] is String)
        #expect(lines[0]["object"] as? String == "lab")
        // A change is refused if its line cannot be written.
        let silent = KeyChanges(store: keys.store, auditLog: "/does/not/exist/audit", user: "ann")
        #expect(throws: ServiceError.self) {
            try silent.change(.createKey, "b") { try $0.create("b", role: .admin, expiresAt: nil, now: now) }
        }
        #expect(try keys.store.ring()["b"] == nil)
    }
}
