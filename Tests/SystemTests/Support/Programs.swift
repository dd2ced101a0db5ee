import Foundation
import Subprocess
import SystemPackage

/// The tested binaries, which the build puts beside the tests' own.
enum Programs {
    static let master = path("master-main")
    static let worker = path("worker-main")

    private static func path(_ name: String) -> String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: own).deletingLastPathComponent().appending(path: name).path
    }

    /// The environment without Tilework's settings, so that only the test's settings apply.
    static func environment(_ additions: [String: String] = [:]) -> Environment {
        let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("TILEWORK_") }
        let variables = inherited.merging(additions) { $1 }
        return .custom(
            Dictionary(uniqueKeysWithValues: variables.map { (Environment.Key(stringLiteral: $0.key), $0.value) }))
    }
}

/// The output and status of an ended program.
struct ProgramOutput: Sendable {
    let status: TerminationStatus
    let output: String
    let error: String

    /// Runs a program to its end.
    static func of(
        _ program: String, _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> ProgramOutput {
        let result = try await Subprocess.run(
            .path(FilePath(program)), arguments: Arguments(arguments),
            environment: Programs.environment(environment), output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20))
        return ProgramOutput(
            status: result.terminationStatus, output: result.standardOutput, error: result.standardError)
    }
}
