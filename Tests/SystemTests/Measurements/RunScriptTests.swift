import Foundation
import Subprocess
import Testing

extension Measurements {
    /// How long `scripts/run` takes if there is nothing to build, with all sources of this tree.
    /// `Tests/Scripts/test_run.py` tests what the script builds after a change.
    @Suite(.serialized) struct RunScriptTests {
        /// A stub for `swift build` that puts the tested programs in the place of a release build. All other commands
        /// of `swift` are the real ones.
        private static let swift = """
            #!/bin/sh
            [ "$1" = build ] || { PATH=${PATH#*:} exec swift "$@"; }
            mkdir -p "$TOP/.build/release"
            ln -s "$PROGRAMS/master-main" "$PROGRAMS/worker-main" "$TOP/.build/release"
            """

        @Test func secondStartTakesLessThanTwoSeconds() async throws {
            try await Workbench.with { bench in
                let files = FileManager.default
                let tree = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }.path
                let (top, bin) = (bench.file("top"), bench.file("bin"))
                for folder in ["\(top)/scripts", bin] {
                    try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
                }
                for name in ["run", "packages.sh"] {
                    try files.copyItem(atPath: "\(tree)/scripts/\(name)", toPath: "\(top)/scripts/\(name)")
                }
                for name in ["Sources", "Package.swift", "Package.resolved"] {
                    try files.createSymbolicLink(atPath: "\(top)/\(name)", withDestinationPath: "\(tree)/\(name)")
                }
                try Data(Self.swift.utf8).write(to: URL(filePath: "\(bin)/swift"))
                try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(bin)/swift")
                let environment = [
                    "PATH": "\(bin):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")", "TOP": top,
                    "PROGRAMS": URL(filePath: Programs.master).deletingLastPathComponent().path,
                ]
                var times: [Duration] = []
                for _ in 0..<4 {
                    let start = ContinuousClock.now
                    let run = try await ProgramOutput.of("\(top)/scripts/run", ["--help"], environment: environment)
                    times.append(.now - start)
                    try #require(run.status == .exited(0), "\(run.error)")
                    #expect(run.output.contains("USAGE"))
                    #expect(run.error.contains("Building") == (times.count == 1), "\(run.error)")
                }
                let best = times.dropFirst().min() ?? .zero
                print("scripts/run with nothing to build: \(best)")
                #expect(best < .seconds(2))
            }
        }
    }
}
