import Foundation
import Subprocess

/// Hosts that only one process and its children see. Each is a network namespace.
enum OwnHosts {
    private static let unshare = ["/usr/bin/unshare", "--user", "--map-root-user", "--net", "--mount"]
    private static let tools = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Tools")

    /// Whether this machine lets users make network namespaces with a pair of virtual cards. Asked once.
    static let isPossible: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: unshare[0])
        process.arguments = unshare.dropFirst() + ["/bin/sh", "-c", "ip link add a type veth peer name b"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// Without network namespaces these tests are skipped, but never in runs that have to include all tests.
    static var isWanted: Bool { isPossible || ProcessInfo.processInfo.environment["CI"] != nil }

    /// Runs a program of `Tools` to its end, as root of its own network.
    static func run(
        _ tool: String, _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> ProgramOutput {
        try await ProgramOutput.of(
            unshare[0],
            unshare.dropFirst() + ["/usr/bin/python3", tools.appending(path: tool).path] + arguments,
            environment: environment)
    }
}
