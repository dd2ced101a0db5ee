import Foundation
import Subprocess
import Testing

extension ClusterFaults {
    /// A network that is cut and comes back, as docs/kafka.md describes it. Neither side is told, so connections have
    /// to detect the cut by themselves.
    @Suite(.serialized, .enabled(if: OwnHosts.isWanted, "needs unshare(1) and ip(8) to be allowed to make networks"))
    struct NetworkCutTests {
        /// The docs promise the first tile within 5 s, and a busy machine gets 3 s more. With TCP's own pauses between
        /// attempts it would take 11 to 24 s.
        @Test(arguments: ["worker", "master"]) func workGoesOnSoonAfterACut(who: String) async throws {
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
