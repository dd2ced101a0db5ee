import Foundation
import Subprocess
import Testing

extension SystemTests {
    /// Private networks as docs/security.md describes them.
    @Suite(.enabled(if: OwnHosts.isWanted, "needs unshare(1) and ip(8) to be allowed to make networks"))
    struct PrivateNetworkTests {
        @Test func masterOnAPrivateNetworkIsReachableByItsPeersOnly() async throws {
            try await Workbench.with { bench in
                let build = URL(filePath: Programs.master).deletingLastPathComponent().path
                let run = try await OwnHosts.run("private_network.py", [build, bench.folder])
                #expect(run.status.isSuccess, "\(run.output)\n\(run.error)")
                #expect(!run.output.contains("FAILED"), "\(run.output)")
                // The test's log shows the checks.
                print(run.output)
            }
        }
    }
}
