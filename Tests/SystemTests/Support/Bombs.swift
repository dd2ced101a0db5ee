import Foundation
import Subprocess

/// Small files that demand much, made by `Tools/bombs.py`.
struct Bomb: Sendable {
    let name: String
    /// `done`, `failed` or `refused`.
    let outcome: String
    /// Words of the reason or of a note; empty if they do not matter.
    let words: String
    let file: Data

    static func all(_ format: String, in bench: Workbench) async throws -> [Bomb] {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Tools/bombs.py").path
        let run = try await ProgramOutput.of("/usr/bin/python3", ["-B", script, format, bench.folder])
        guard run.status.isSuccess else { throw BenchError("bombs.py: \(run.error)") }
        return try run.output.split(separator: "\n").map { line in
            let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
            return Bomb(
                name: parts[0], outcome: parts[1], words: parts.count > 2 ? parts[2] : "",
                file: try Data(contentsOf: URL(filePath: bench.file(parts[0]))))
        }
    }
}
