import Foundation
import Subprocess

/// curl, the client that most users will have. It shows what a library hides: forms with files, early refusals, broken
/// uploads.
enum Curl {
    /// Runs curl and reads its answer.
    static func answer(_ arguments: [String], in bench: Workbench) async throws -> Answer {
        let (head, body) = (bench.file("curl-\(UUID().uuidString).head"), bench.file("curl-\(UUID().uuidString).body"))
        let run = try await ProgramOutput.of(
            "/usr/bin/curl", ["-sS", "--max-time", "60", "-D", head, "-o", body] + arguments)
        guard run.status.isSuccess else { throw BenchError("curl: \(run.error)") }
        // After "100 Continue" there is a second head.
        let heads = String(decoding: FileManager.default.contents(atPath: head) ?? Data(), as: UTF8.self)
            .replacing("\r\n", with: "\n").split(separator: "\n\n")
        let lines = heads.last?.split(separator: "\n") ?? []
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let sides = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if sides.count == 2 { fields[sides[0].lowercased()] = sides[1] }
        }
        return Answer(
            status: lines.first.flatMap { Int($0.split(separator: " ")[1]) } ?? 0, headers: fields,
            body: FileManager.default.contents(atPath: body) ?? Data())
    }

    /// Sends a form with a file, as a page or a script does.
    static func form(
        _ fields: [String], to master: MasterProcess, in bench: Workbench, _ options: [String] = []
    ) async throws -> Answer {
        try await answer(options + fields.flatMap { ["-F", $0] } + ["\(master.url)/api/v1/jobs"], in: bench)
    }
}
