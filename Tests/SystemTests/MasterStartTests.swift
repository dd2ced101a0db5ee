import Foundation
import Subprocess
import Testing

extension SystemTests {
    /// Starts that cannot succeed. Each is refused with its reason in one sentence.
    @Suite(.serialized, .sharedMaster("--local-workers", "0")) struct MasterStartTests {
        private func refusal(_ arguments: [String], environment: [String: String] = [:]) async throws -> String {
            try await Workbench.with { bench in
                try await bench.start(
                    Programs.master, arguments, name: "refused", environment: environment
                ).refusal()
            }
        }

        /// The group of the embedded broker waits three seconds for its first members. Until then the master reports
        /// its address, but not that it is ready.
        @Test func masterIsReadyOnceAWorkerTakesTiles() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster()
                #expect(master.process.output.hasPrefix("Tilework is at \(master.url); waiting for its 2 workers …\n"))
                try await eventually("the master reports that it is ready", within: 60) {
                    master.process.output.contains("\nTilework is ready at \(master.url)\n") ? true : nil
                }
                #expect(try await master.api.get("/readyz").status == 200)
                #expect(try await master.workers().workers.contains { !$0.partitions.isEmpty })
            }
        }

        @Test func secondMasterOnADataDirectoryIsRefused() async throws {
            let data = try SharedMaster.master.dataDirectory
            let text = try await refusal(["serve", "--port", "0", "--data-dir", data])
            #expect(text.contains("another master uses the data directory \(data)"))
            #expect(text.contains("--data-dir"))
        }

        @Test func portInUseIsRefused() async throws {
            let (master, bench) = (try SharedMaster.master, try SharedMaster.bench)
            let port = try #require(master.api.base.port)
            let text = try await refusal(["serve", "--port", "\(port)", "--data-dir", bench.file("other")])
            #expect(text.contains("port") && text.contains("in use") && text.contains("--port"))
            #expect(text.contains("\(port)"))
        }

        @Test func dataDirectoryThatIsAFileIsRefused() async throws {
            let path = try SharedMaster.bench.file("plain-file")
            try Data("x".utf8).write(to: URL(filePath: path))
            let text = try await refusal(["serve", "--port", "0", "--data-dir", path])
            #expect(text.contains(path))
        }

        @Test(arguments: [
            (["--tile-size", "63"], "--tile-size is 63"), (["--port", "70000"], "--port is 70000"),
            (["--log-level", "loud"], "--log-level is 'loud'"), (["--kafka-config", "acks"], "--kafka-config"),
            (["--min-size", "0"], "--min-size is 0"),
        ])
        func invalidSettingIsRefused(_ arguments: [String], _ expected: String) async throws {
            let data = try SharedMaster.bench.file("unused")
            let text = try await refusal(["serve", "--port", "0", "--data-dir", data] + arguments)
            #expect(text.contains(expected))
        }

        @Test func invalidVariableIsRefused() async throws {
            let data = try SharedMaster.bench.file("unused")
            let text = try await refusal(
                ["serve", "--port", "0", "--data-dir", data], environment: ["TILEWORK_MAX_QUEUE": "many"])
            #expect(text.contains("TILEWORK_MAX_QUEUE is 'many'"))
        }
    }
}

extension ChildProcess {
    /// The message of a program that ends at once with an error.
    func refusal() async throws -> String {
        let status = try await status(within: 15)
        #expect(status != .exited(0) && status.isExit, "\(status)")
        let text = errorOutput
        #expect(text.contains("Error: "), "\(text)")
        // The usage may follow the sentence.
        return text
    }
}

extension TerminationStatus {
    fileprivate var isExit: Bool { if case .exited = self { true } else { false } }
}
