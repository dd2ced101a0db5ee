import Foundation
import Testing
import TileCore

extension ClusterFaults {
    /// What users are told during an outage of the brokers, and how soon work goes on afterwards.
    @Suite(.serialized) struct BrokerReturnTests {
        enum Fault: String, CaseIterable {
            /// Connections are refused.
            case refusedPort = "down"
            /// Connections are accepted, but nothing is answered.
            case blackHole = "hole"
        }

        private static let options = ["--min-size", "64", "--tile-size", "64", "--local-workers", "0"]
        private static let transforms = "blur:ksize=9"
        /// The maximum time in seconds until `/readyz` reports the outage, and later its end.
        private static let notice = 3.0
        /// The maximum time in seconds from the return of the brokers to the next tile.
        private static let firstTile = 5.0

        @Test(arguments: Fault.allCases)
        func jobsNameTheOutageAndGoOnSoonAfterIt(fault: Fault) async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let proxy = try await bench.startProxy(before: cluster, showing: [:])
                let master = try await bench.startMaster(Self.options + proxy.arguments)
                _ = try await bench.startWorker(
                    "worker-1", of: master, ["--threads", "1"] + proxy.arguments,
                    environment: ["TILEWORK_FAULT_TILE_MS": "60"])
                try await master.fleet(["worker-1"])
                let source = try TestImage.file(960, 960)
                let job = try await master.submit(source, transforms: Self.transforms)
                _ = try await master.underWay(job, done: 5)
                #expect(try await master.job(job.jobId).message == nil)

                try await proxy.order(fault.rawValue)
                try await Self.readiness(of: master, is: 503)
                let reason = try await master.api.get("/readyz").text
                #expect(reason.contains("do not answer"))
                // The message names the brokers, although no worker is online either.
                try await eventually("the worker counts as offline", within: 30) {
                    try await master.workers().online("worker-1") == nil ? true : nil
                }
                let message = try #require(try await master.job(job.jobId).message)
                #expect(message.hasPrefix("waiting for the cluster: the brokers 127.0.0.1:"), "\(message)")
                #expect(message.contains("do not answer"), "\(message)")
                if fault == .refusedPort { #expect(message.hasSuffix("Connection refused"), "\(message)") }
                let before = try await master.job(job.jobId).progress.completed

                try await proxy.order("up")
                async let ready: Void = Self.readiness(of: master, is: 200)
                try await eventually("a tile comes back", within: Self.firstTile) {
                    try await master.job(job.jobId).progress.completed > before ? true : nil
                }
                try await ready
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: Self.transforms))
            }
        }

        private static func readiness(of master: MasterProcess, is status: Int) async throws {
            try await eventually("/readyz answers \(status)", within: notice) {
                try await master.api.get("/readyz").status == status ? true : nil
            }
        }
    }
}
