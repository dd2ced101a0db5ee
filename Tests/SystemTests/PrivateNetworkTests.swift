import Foundation
import Subprocess
import Testing

/// Hosts that only one process and its children see, each a network namespace of its own.
private enum OwnHosts {
    static let unshare = ["/usr/bin/unshare", "--user", "--map-root-user", "--net", "--mount"]
    static let tool = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Tools/private_network.py").path

    /// Whether this machine lets its users have network namespaces, and a pair of cards between two; asked once.
    static let isPossible: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: unshare[0])
        process.arguments = unshare.dropFirst() + ["/bin/sh", "-c", "ip link add a type veth peer name b"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// Where they cannot be, tests of them are skipped, but never where all tests have to count.
    static var isWanted: Bool { isPossible || ProcessInfo.processInfo.environment["CI"] != nil }
}

extension SystemTests {
    /// What docs/security.md says of private networks.
    @Suite(.enabled(if: OwnHosts.isWanted, "needs unshare(1) and ip(8) to be allowed to make networks"))
    struct PrivateNetworkTests {
        @Test func aMasterOnAPrivateNetworkIsThereForItsPeersAlone() async throws {
            try await Workbench.with { bench in
                let build = URL(filePath: Programs.master).deletingLastPathComponent().path
                let run = try await ProgramOutput.of(
                    OwnHosts.unshare[0],
                    OwnHosts.unshare.dropFirst() + ["/usr/bin/python3", OwnHosts.tool, build, bench.folder])
                #expect(run.status.isSuccess, "\(run.output)\n\(run.error)")
                #expect(!run.output.contains("FAILED"), "\(run.output)")
                // Whoever reads the log of the tests sees what was tried, and how.
                print(run.output)
            }
        }
    }
}
