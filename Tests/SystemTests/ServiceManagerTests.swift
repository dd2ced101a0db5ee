import Foundation
import Subprocess
import Testing

extension SystemTests {
    /// The daemons' reports to systemd.
    @Suite struct ServiceManagerTests {
        @Test(arguments: [true, false]) func masterReportsReadinessAndWatchdog(isAbstract: Bool) async throws {
            try await Workbench.with { bench in
                let socket = try NotifySocket(
                    isAbstract ? "@tilework-\(UUID().uuidString)" : bench.file("notify"))
                let master = try await bench.startMaster(
                    ["--local-workers", "1"], environment: ["NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "600000"])
                _ = try await socket.line("READY=1")
                _ = try await socket.line("STATUS=serving at \(master.url), ")
                // The master's own workers share its environment, but report nothing, because systemd would take their
                // reports for the master's.
                try await eventually("the worker is online", within: 60) {
                    socket.read()
                    return socket.lines.contains("STATUS=serving at \(master.url), 1 worker online") ? true : nil
                }
                #expect(socket.lines.filter { $0 == "READY=1" }.count == 1)
                #expect(!socket.lines.contains { $0.contains("partitions") })
                let beats = socket.lines.filter { $0 == "WATCHDOG=1" }.count
                try await eventually("further watchdog messages come", within: 60) {
                    socket.read()
                    return socket.lines.filter { $0 == "WATCHDOG=1" }.count >= beats + 3 ? true : nil
                }
                master.process.send(SIGTERM)
                _ = try await socket.line("STOPPING=1")
            }
        }

        @Test func masterWithoutItsClusterReportsWhatItWaitsFor() async throws {
            try await Workbench.with { bench in
                let socket = try NotifySocket(bench.file("notify"))
                let master = try await bench.startMaster(
                    ["--brokers", "127.0.0.1:1"], environment: ["NOTIFY_SOCKET": socket.name], awaitsCluster: false)
                _ = try await socket.line("READY=1")
                let words = "; jobs wait: the brokers 127.0.0.1:1 do not answer: Connection refused"
                try await eventually("the status names what jobs wait for", within: 60) {
                    socket.read()
                    return socket.lines.contains { $0.hasPrefix("STATUS=serving at ") && $0.hasSuffix(words) }
                        ? true : nil
                }
                #expect(!master.process.hasEnded)
                let end = ContinuousClock.now
                master.process.send(SIGTERM)
                #expect(try await master.process.status(within: 30) == .exited(0))
                // A client that waits for the cluster does not delay the end.
                #expect(ContinuousClock.now - end < .seconds(4))
            }
        }

        /// `systemctl start` fails in these cases.
        @Test(
            arguments: [
                (["--brokers", "127.0.0.1:1", "--kafka-config", "no.such.property=1"], 78, "no.such.property"),
                (["--brokers", "127.0.0.1:1", "--kafka-config", "session.timeout.ms=soon"], 78, "session.timeout.ms"),
                (["--tls-cert", "/none/tls.pem", "--tls-key", "/none/tls.key"], 64, "/none"),
                (["--tile-size", "63"], 64, "--tile-size"),
            ] as [([String], CInt, String)])
        func permanentErrorsFailTheStart(_ arguments: [String], _ status: CInt, _ words: String) async throws {
            try await Workbench.with { bench in
                let socket = try NotifySocket(bench.file("notify"))
                let process = try await bench.start(
                    Programs.master, ["serve", "--port", "0", "--data-dir", bench.file("data")] + arguments,
                    name: "master", environment: ["NOTIFY_SOCKET": socket.name])
                #expect(try await process.status(within: 30) == .exited(status))
                #expect(process.errorOutput.contains("Error: ") && process.errorOutput.contains(words))
                socket.read()
                #expect(!socket.lines.contains("READY=1"))
            }
        }

        @Test func workerIsReadyOnceItIsInTheGroup() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(["--local-workers", "0"])
                let socket = try NotifySocket(bench.file("notify"))
                let worker = try await bench.startWorker(
                    "worker-1", of: master, environment: ["NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "600000"])
                _ = try await socket.line("STATUS=asking the master at \(master.url)")
                _ = try await socket.line("READY=1")
                #expect(try await !master.workers().workers.isEmpty)
                _ = try await socket.line("WATCHDOG=1")
                worker.send(SIGTERM)
                #expect(try await worker.status(within: 30) == .exited(0))
            }
        }

        @Test func workerReportsWhatItWaitsFor() async throws {
            try await Workbench.with { bench in
                for (arguments, words) in [
                    (["--brokers", "127.0.0.1:1"], "STATUS=waiting for the brokers 127.0.0.1:1: no broker answers"),
                    (["--master", "http://127.0.0.1:1"], "STATUS=waiting for the master at http://127.0.0.1:1: "),
                ] {
                    let socket = try NotifySocket("@tilework-\(UUID().uuidString)")
                    let worker = try await bench.start(
                        Programs.worker, ["worker-1"] + arguments, name: "worker",
                        environment: ["NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "600000"])
                    _ = try await socket.line(words)
                    #expect(!socket.lines.contains("READY=1"))
                    await worker.end()
                }
            }
        }

        @Test func unknownVariablesAreNamed() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(
                    ["--log-format", "json"], environment: ["TILEWORK_HOSST": "0.0.0.0"])
                try await eventually("the worker has joined", within: 60) {
                    master.process.errorOutput.contains("partitions assigned") ? true : nil
                }
                let lines = master.process.errorOutput.split(separator: "\n")
                let entries = try lines.map { try JSONDecoder().decode([String: String].self, from: Data($0.utf8)) }
                let warnings = entries.filter { $0["message"]?.contains("TILEWORK_HOSST") == true }
                // The master's own workers share its environment, but do not warn.
                #expect(warnings.count == 1 && warnings.first?["logger"] == "master")
                #expect(warnings.first?["message"]?.contains("did you mean TILEWORK_HOST?") == true)
                #expect(entries.contains { $0["logger"] == "worker" && $0["worker"] == "worker-1" })
            }
        }
    }
}
