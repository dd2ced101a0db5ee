import ArgumentParser
import Foundation
import Logging
import Testing
import TileCore

@testable import WorkerDaemon

@Suite struct WorkerSettingsTests {
    private func settings(_ arguments: [String], _ variables: [String: String] = [:]) throws -> WorkerSettings {
        try WorkerSettings(WorkerOptions.parse(arguments), environment: EnvironmentSettings(variables))
    }

    @Test func brokersWinOverTheMaster() throws {
        let found = try settings(["worker-3", "--brokers", "a:1,b:2", "--master", "http://m:5000", "--threads", "3"])
        guard case .brokers(let brokers) = found.cluster else { return #expect(Bool(false), "asks the master") }
        #expect(found.id == "worker-3")
        #expect(brokers == "a:1,b:2")
        #expect(found.threads == 3)
    }

    @Test func withoutAnythingTheLocalMasterIsAsked() throws {
        let found = try settings(["worker-1"])
        guard case .master(let url) = found.cluster else { return #expect(Bool(false), "knows brokers") }
        #expect(url.absoluteString == "http://127.0.0.1:5000")
        #expect(found.threads == min(256, ProcessInfo.processInfo.activeProcessorCount))
        #expect(found.logLevel == .info)
    }

    @Test func theEnvironmentStandsInForOptions() throws {
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
        (["w", "--kafka-config", "novalue"], "key=value"),
    ])
    func whatCannotBeIsRefusedInWords(_ arguments: [String], _ words: String) throws {
        #expect { try settings(arguments) } throws: { error in
            (error as? SettingsError)?.description.contains(words) == true
        }
    }

    @Test func aVariableThatIsNoNumberIsNamed() throws {
        #expect { try settings(["w"], ["TILEWORK_THREADS": "many"]) } throws: { error in
            (error as? SettingsError)?.description.contains("TILEWORK_THREADS") == true
        }
    }
}
