import Foundation
import TileCore

/// Helpers of the tests of `process` with names, pipes and signals.
extension Workbench {
    /// Runs a script in the bench's folder. In the script, `process` runs `master-main process` with these transforms
    /// and tiles of 64 px.
    func shell(_ script: String, transforms: String = "invert") async throws -> ProgramOutput {
        let prelude = """
            cd "$1" || exit 99
            process() { "$0" process --transforms \(transforms) --tile-size 64 "$@"; }

            """
        return try await ProgramOutput.of(
            "/bin/sh", ["-c", prelude + script, Programs.master, folder], environment: ["TMPDIR": folder])
    }

    /// Makes a square image.
    func image(_ name: String, side: Int = 100, seed: UInt64 = 1) throws -> Data {
        let data = try TestImage.file(side, side, seed: seed)
        try data.write(to: URL(filePath: file(name)))
        return data
    }

    func contents(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: file(name))) }

    var names: Set<String> { get throws { try Set(FileManager.default.contentsOfDirectory(atPath: folder)) } }
}
