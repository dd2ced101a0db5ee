import ArgumentParser
import Foundation
import Logging
import Testing
import TileCore

@testable import WorkerDaemon

@Suite struct WorkerSettingsTests {
    private func settings(_ arguments: [String], _ variables: [String: String] = [:]) throws -> WorkerSettings {
        try WorkerSettings(
            WorkerOptions.parse(arguments), environment: EnvironmentSettings(variables), variables: variables)
    }

    @Test func brokersWinOverTheMaster() throws {
        let found = try settings(["worker-3", "--brokers", "a:1,b:2", "--master", "http://m:5000", "--threads", "3"])
        guard case .brokers(let brokers) = found.cluster else { return #expect(Bool(false), "asks the master") }
        #expect(found.id == "worker-3")
        #expect(brokers == "a:1,b:2")
        #expect(found.threads == 3)
    }

    @Test func theDefaultIsTheLocalMaster() throws {
        let found = try settings(["worker-1"])
        guard case .master(let url) = found.cluster else { return #expect(Bool(false), "knows brokers") }
        #expect(url.absoluteString == "http://127.0.0.1:5000")
        #expect(found.threads == min(256, ProcessInfo.processInfo.activeProcessorCount))
        #expect(found.logLevel == .info)
    }

    @Test func theEnvironmentSetsOptions() throws {
        let variables = [
            "TILEWORK_WORKER_ID": "w", "TILEWORK_THREADS": "7", "TILEWORK_LOG_LEVEL": "debug",
            "TILEWORK_KAFKA_CONFIG": "a=b;c=d=e", "TILEWORK_MASTER": "https://example.org:8443",
        ]
        let found = try settings([], variables)
        #expect(found.id == "w")
        #expect(found.threads == 7)
        #expect(found.logLevel == .debug)
        #expect(found.kafkaProperties == ["a": "b", "c": "d=e"])
        #expect(try settings(["v", "--threads", "2"], variables).threads == 2)
    }

    @Test(arguments: [
        ([], "an id"), (["a/b"], "no worker id"), (["w", "--threads", "0"], "1 to 256"),
        (["w", "--master", "example.org"], "a URL"), (["w", "--log-level", "loud"], "trace"),
        (["w", "--log-format", "xml"], "text or json"),
        (["w", "--kafka-config", "novalue"], "key=value"),
    ])
    func whatCannotBeIsRefusedInWords(_ arguments: [String], _ words: String) throws {
        #expect { try settings(arguments) } throws: { error in
            (error as? SettingsError)?.description.contains(words) == true
        }
    }

    @Test func metricsAndTracesAreOptional() throws {
        let bare = try settings(["w"])
        #expect(bare.metrics == nil && bare.traceEndpoint == nil)
        let set = try settings(
            ["w"],
            [
                "TILEWORK_METRICS_PORT": "9108", "TILEWORK_METRICS_HOST": "0.0.0.0",
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4318",
            ])
        #expect(set.metrics == MetricsServer.Place(host: "0.0.0.0", port: 9108))
        #expect(set.traceEndpoint?.absoluteString == "http://a:4318/v1/traces")
        #expect(try settings(["w", "--metrics-port", "0"]).metrics == MetricsServer.Place(port: 0))
        // All local workers inherit the master's environment, and only one could have the port.
        #expect(try settings(["w", "--end-with-input"], ["TILEWORK_METRICS_PORT": "9108"]).metrics == nil)
        #expect(throws: SettingsError.self) { try settings(["w", "--metrics-port", "65536"]) }
    }

    /// The worker uses the host's name at its start, because systemd may read the unit before the host has its name.
    @Test func anIDCanBeMadeOfTheHostsName() throws {
        let id = { (arguments: [String], variables: [String: String], host: String) in
            try WorkerSettings.id(WorkerOptions.parse(arguments), EnvironmentSettings(variables), host: host)
        }
        #expect(try id(["--instance", "1"], [:], "render7.example.org") == "render7-1")
        #expect(try id([], ["TILEWORK_INSTANCE": "2", "TILEWORK_WORKER_ID": "w"], "render7") == "render7-2")
        for (arguments, host, words) in [
            (["--instance", "1"], "häuschen", "this host's name"), (["--instance", "a/b"], "h", "no worker id"),
            (["w", "--instance", "1"], "h", "leave one of them out"),
        ] {
            #expect { try id(arguments, [:], host) } throws: {
                ($0 as? SettingsError)?.description.contains(words) == true
            }
        }
    }

    @Test func aVariableThatIsNoNumberIsNamed() throws {
        #expect { try settings(["w"], ["TILEWORK_THREADS": "many"]) } throws: { error in
            (error as? SettingsError)?.description.contains("TILEWORK_THREADS") == true
        }
    }

    /// Over HTTP, everyone on the network path can read the key.
    @Test(arguments: [
        ("http://10.0.0.7:5000", true), ("http://tiles.example.org", true), ("https://10.0.0.7:5000", false),
        ("http://127.0.0.1:5000", false), ("http://localhost:5000", false), ("http://[::1]:5000", false),
        ("http://127.evil.example", true),
    ])
    func aKeyOverAPlainConnectionIsWarnedOf(master: String, isWarned: Bool) throws {
        let found = try settings(["w", "--master", master], ["TILEWORK_KEY": "tilework_x"])
        #expect(found.warnings.contains { $0.contains("unencrypted") } == isWarned)
        #expect(try settings(["w", "--master", master]).warnings.isEmpty)
    }

    @Test func aKeyFileThatOthersCanReadCausesAWarning() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "key-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        for (mode, isWarned) in [(0o600, false), (0o640, false), (0o644, true)] {
            try Data("tilework_x\n".utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
            let found = try settings(["w", "--key-file", file.path])
            #expect(found.key == "tilework_x")
            #expect(found.warnings.contains { $0.contains("--key-file") && $0.contains("chmod") } == isWarned)
        }
        try Data("a b\n".utf8).write(to: file)
        #expect(throws: SettingsError.self) { try settings(["w", "--key-file", file.path]) }
        try Data(" \n".utf8).write(to: file)
        #expect(throws: SettingsError.self) { try settings(["w", "--key-file", file.path]) }
    }
}
