import Foundation
import Subprocess
import Testing

extension ClusterFaults {
    /// What docs/kafka.md says of a network that is away and comes back: nobody is told, and connections have to end by
    /// themselves.
    @Suite(.serialized, .enabled(if: OwnHosts.isWanted, "needs unshare(1) and ip(8) to be allowed to make networks"))
    struct NetworkCutTests {
        /// The first tile is promised within 5 s. A busy machine gets 3 s more; the pauses of TCP alone would take 11 to 24.
        @Test(arguments: ["worker", "master"]) func workGoesOnSoonAfterTheNetworkIsBack(who: String) async throws {
            try await Workbench.with { bench in
                let build = URL(filePath: Programs.master).deletingLastPathComponent().path
                let run = try await OwnHosts.run(
                    "network_cut.py", [who, "15", "--within", "8"],
                    environment: ["BUILD": build, "TMPDIR": bench.folder])
                #expect(run.status.isSuccess, "\(run.output)\n\(run.error)")
                print(run.output)
            }
        }
    }
}
