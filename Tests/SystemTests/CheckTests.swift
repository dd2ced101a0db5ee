import Foundation
import Logging
import Subprocess
import Testing
import TileCore

extension SystemTests {
    /// `master-main check` and `worker-main --check`: their findings, their messages, and that they leave nothing
    /// behind.
    @Suite struct CheckTests {
        private func check(
            _ arguments: [String], environment: [String: String] = [:], program: String = Programs.master
        ) async throws -> (status: TerminationStatus, lines: [String]) {
            let run = try await ProgramOutput.of(program, arguments, environment: environment)
            #expect(run.error.isEmpty, "\(run.error)")
            return (run.status, run.output.split(separator: "\n").map(String.init))
        }

        @Test func checkOfAMasterWithoutAClusterPassesAndMakesNothing() async throws {
            try await Workbench.with { bench in
                let data = bench.file("data")
                let (status, lines) = try await check(["check", "--port", "0", "--data-dir", data])
                #expect(status == .exited(0), "\(lines)")
                #expect(lines.contains("ok       data directory: \(data) does not exist yet; the master creates it"))
                #expect(lines.contains { $0.hasPrefix("ok       cluster: none") })
                #expect(!lines.contains { $0.hasPrefix("FAILED") })
                #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder).isEmpty)
            }
        }

        @Test func permanentErrorsExitWith78() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(["--local-workers", "0"])
                let port = try #require(master.api.base.port)
                let (status, lines) = try await check(
                    [
                        "check", "--data-dir", "/proc/self/nothing", "--host", "0.0.0.0", "--port", "\(port)",
                        "--tls-cert", bench.file("tls.pem"), "--tls-key", bench.file("tls.key"),
                    ], environment: ["TILEWORK_HOSST": "x"])
                #expect(status == .exited(78), "\(lines)")
                for words in [
                    "FAILED   --tls-cert: \(bench.file("tls.pem")) cannot be read: there is no such file",
                    "FAILED   data directory: /proc/self/nothing cannot be created",
                    "FAILED   keys: there is none, and 0.0.0.0 is reached by other machines",
                    "FAILED   certificate: ",
                    "warning  environment: TILEWORK_HOSST is set, but is no setting here; did you mean TILEWORK_HOST?",
                    "ok       port \(port): the process \(master.process.pid) (master-main) listens there",
                ] {
                    #expect(lines.contains { $0.hasPrefix(words) }, "\(words) in \(lines)")
                }
                let setting = try await check(["check", "--tile-size", "63"])
                #expect(setting.status == .exited(78))
                #expect(setting.lines.contains("FAILED   settings: --tile-size is 63; it takes 64 to 1024"))
            }
        }

        @Test func takenPortIsNamedWithItsProcess() async throws {
            try await Workbench.with { bench in
                let server = try await bench.start(
                    "/usr/bin/python3", ["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"], name: "server")
                let port = try await eventually("it listens") {
                    server.output.firstMatch(of: /port (\d+)/).map { String($0.1) }
                }
                let (status, lines) = try await check(
                    ["check", "--port", port, "--data-dir", bench.file("data")])
                #expect(status == .exited(78))
                #expect(lines.contains { $0.hasPrefix("FAILED   port \(port): the process \(server.pid) (python3") })
            }
        }

        @Test func unreachableBrokersExitWith69() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let brokers = "127.0.0.1:1,\(cluster.configuration.brokers.split(separator: ",")[0])"
                for (program, arguments) in [
                    (Programs.master, ["check", "--port", "0", "--data-dir", bench.file("data")]),
                    (Programs.worker, ["worker-1", "--check"]),
                ] {
                    let (status, lines) = try await check(arguments + ["--brokers", brokers], program: program)
                    #expect(status == .exited(69), "\(lines)")
                    #expect(lines.contains { $0.hasPrefix("FAILED   broker 127.0.0.1:1: Connection refused") })
                    #expect(lines.contains { $0.hasPrefix("ok       broker \(brokers.split(separator: ",")[1])") })
                    #expect(lines.contains { $0.hasPrefix("ok       topic tasks: ") }, "\(lines)")
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder).isEmpty)
            }
        }

        @Test func checkOfAWorkerAsksItsMaster() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(["--local-workers", "0"])
                let (status, lines) = try await check(
                    ["worker-1", "--check", "--master", master.url], program: Programs.worker)
                #expect(status == .exited(0), "\(lines)")
                #expect(lines.contains { $0.hasPrefix("ok       master \(master.url): it names the brokers ") })
                // The worker has not joined.
                #expect(try await master.workers().workers.isEmpty)
                let away = try await check(
                    ["worker-1", "--check", "--master", "http://127.0.0.1:1"], program: Programs.worker)
                #expect(away.status == .exited(69))
            }
        }

        /// The check tries out each right. The proxy refuses as Kafka does.
        @Test func eachMissingRightIsNamedWithItsCommand() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let proxy = try await bench.startProxy(before: cluster, showing: ["tasks": 2, "results": 2])
                // The mock cluster makes a topic when a client first asks for it.
                let arguments = ["check", "--port", "0", "--data-dir", bench.file("data")] + proxy.arguments
                let (status, lines) = try await check(arguments + ["--kafka-config", "sasl.username=tile"])
                #expect(status == .exited(0), "\(lines)")
                for right in [
                    "Write on topic tasks", "Read on topic results", "Read on topic heartbeats",
                    "Write on topic heartbeats", "Write on topic dead-letters",
                    "Read of group tilework-master-results", "Describe of group tilework-no-group",
                    "Alter on topic tasks", "Alter on topic results",
                ] {
                    #expect(lines.contains("ok       right \(right): granted"), "\(right) in \(lines)")
                }

                try await proxy.order("refuse")
                try await proxy.order("deny?write=tasks&read=results&configs=results&group=tilework-no-group")
                let denied = try await check(arguments + ["--kafka-config", "sasl.username=tile"])
                #expect(denied.status == .exited(69))
                func line(_ beginning: String) throws -> String {
                    try #require(denied.lines.first { $0.hasPrefix(beginning) }, "\(beginning) in \(denied.lines)")
                }
                let write = try line("FAILED   right Write on topic tasks: denied")
                #expect(write.hasSuffix("--add --allow-principal User:tile --operation Write --topic tasks"))
                #expect(write.contains("kafka-acls.sh --bootstrap-server 127.0.0.1:"))
                _ = try line("FAILED   right Read on topic results: denied")
                #expect(
                    try line("FAILED   right Describe of group tilework-no-group: denied")
                        .hasSuffix("--operation Describe --group tilework-no-group"))
                #expect(
                    try line("warning  right Alter on topic tasks: denied: the topics of tiles do not grow")
                        .hasSuffix("--operation Alter --topic tasks"))
                #expect(
                    try line("warning  topic results: its settings cannot be read")
                        .hasSuffix("--operation DescribeConfigs --topic results"))
                _ = try line("ok       right Write on topic heartbeats: granted")

                // A worker needs other rights.
                try await proxy.order("allow")
                try await proxy.order("deny?write=results&group=image-workers")
                let worker = try await check(
                    ["worker-1", "--check"] + proxy.arguments, program: Programs.worker)
                #expect(worker.status == .exited(69))
                #expect(worker.lines.contains { $0.hasPrefix("FAILED   right Write on topic results: denied") })
                #expect(worker.lines.contains { $0.hasPrefix("FAILED   right Read of group image-workers: denied") })
                #expect(worker.lines.contains("ok       right Read on topic tasks: granted"))

                // The check has written no records: the first record of each topic is the one sent here.
                let consumer = try KafkaConsumer(
                    cluster.configuration,
                    source: .stored(
                        group: "look",
                        [
                            KafkaPartition(topic: "tasks", partition: 0),
                            KafkaPartition(topic: "results", partition: 0),
                            KafkaPartition(topic: "heartbeats", partition: 0),
                            KafkaPartition(topic: "dead-letters", partition: 0),
                        ]), logger: .init(label: "look"))
                let producer = try KafkaProducer(cluster.configuration, logger: .init(label: "look"))
                for topic in ["tasks", "results", "heartbeats", "dead-letters"] {
                    try await producer.send(
                        KafkaRecord(topic: topic, partition: 0, payload: OwnedBytes(copying: Array("first".utf8))))
                    let first = try #require(await consumer.next())
                    #expect(first.offset == 0 && first.topic == topic, "\(first.topic) \(first.offset)")
                }
                await producer.close(within: 1)
                await consumer.close()
            }
        }
    }

    /// Files that a daemon may not read. The tests run as root and start the daemon as a user without rights.
    @Suite(.enabled(if: ProcessRights.userName == "root", "root alone can be another user")) struct UnreadableFileTests
    {
        /// Runs a program as the user 65534.
        private func run(_ arguments: [String], _ program: String) async throws -> ProgramOutput {
            try await ProgramOutput.of(
                "/usr/bin/setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", program] + arguments)
        }

        @Test func unreadableFileIsNamedWithItsOwnerAndTheUser() async throws {
            try await Workbench.with { bench in
                let files = FileManager.default
                try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: bench.folder)
                let secret = bench.file("secret")
                try Data("a=b\n".utf8).write(to: URL(filePath: secret))
                try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret)
                try files.createDirectory(atPath: bench.file("closed"), withIntermediateDirectories: false)
                try Data("x".utf8).write(to: URL(filePath: bench.file("closed/inside")))
                try files.setAttributes([.posixPermissions: 0o700], ofItemAtPath: bench.file("closed"))
                let user = "permission denied for the user nobody (uid 65534)"
                let closedFile = "\(secret) cannot be read: \(user); it belongs to root:root and has the mode 0600"
                let closedFolder =
                    "\(bench.file("closed/inside")) cannot be read: \(user); the folder "
                    + "\(bench.file("closed")) belongs to root:root and has the mode 0700"
                for (arguments, program, option, words) in [
                    (["serve", "--kafka-config", "@\(secret)"], Programs.master, "--kafka-config", closedFile),
                    (["serve", "--tls-cert", secret, "--tls-key", secret], Programs.master, "--tls-cert", closedFile),
                    (
                        ["serve", "--kafka-config", "ssl.key.location=\(secret)"], Programs.master,
                        "ssl.key.location", closedFile
                    ),
                    (["worker-1", "--key-file", secret], Programs.worker, "--key-file", closedFile),
                    (
                        ["worker-1", "--ca-file", bench.file("closed/inside")], Programs.worker, "--ca-file",
                        closedFolder
                    ),
                    (["worker-1", "--kafka-config", "@\(secret)"], Programs.worker, "--kafka-config", closedFile),
                ] {
                    let run = try await run(arguments, program)
                    #expect(run.status == .exited(64), "\(run.error)")
                    #expect(run.error.contains(option) && run.error.contains(words), "\(run.error)")
                    #expect(!run.error.contains("Usage:"), "\(run.error)")
                }
                let folder = try await run(["serve", "--data-dir", bench.file("closed")], Programs.master)
                #expect(folder.status == .exited(1))
                #expect(
                    folder.error.contains("\(user); it belongs to root:root and has the mode 0700"), "\(folder.error)")
                let check = try await run(
                    ["check", "--port", "0", "--data-dir", bench.file("closed"), "--kafka-config", "@\(secret)"],
                    Programs.master)
                #expect(check.status == .exited(78))
                #expect(check.output.contains("FAILED   --kafka-config: \(closedFile)"), "\(check.output)")
            }
        }
    }
}
