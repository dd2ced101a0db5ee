import ArgumentParser
import Foundation
import Logging
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct MasterSettingsTests {
    private func settings(
        _ arguments: [String] = [], topics: [String] = [], workers: Int? = nil, _ variables: [String: String] = [:]
    ) throws -> MasterSettings {
        try MasterSettings(
            engine: .parse(arguments), topics: .parse(topics), localWorkers: workers, workersOption: "local-workers",
            dataDirectory: "data", limits: IntakeLimits(), environment: EnvironmentSettings(variables),
            defaultLevel: .info)
    }

    private func message(_ body: () throws -> MasterSettings) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? SettingsError)?.description
        }
    }

    @Test func withoutAnythingThereIsABrokerInsideAndTwoWorkers() throws {
        let settings = try settings()
        #expect(settings.cluster.brokers == nil)
        #expect(settings.cluster.localWorkers == 2)
        #expect(settings.cluster.properties == [:])
        #expect(settings.cluster.topics == TopicNames())
        #expect(settings.limits.tileSize == 512)
        #expect(settings.limits.minimumSide == 1024)
        #expect(settings.cluster.maximumPartitions == 128)
        #expect(settings.logLevel == .info)
        #expect(settings.dataDirectory == "data")
    }

    @Test func aClusterComesWithoutLocalWorkers() throws {
        #expect(try settings(["--brokers", "a:1,b:2"]).cluster.brokers == "a:1,b:2")
        #expect(try settings(["--brokers", "a:1"]).cluster.localWorkers == 0)
        #expect(try settings(["--brokers", "a:1"], workers: 3).cluster.localWorkers == 3)
        #expect(try settings(workers: 0).cluster.localWorkers == 0)
    }

    @Test func theCommandLineWinsOverTheEnvironment() throws {
        let variables = [
            "TILEWORK_BROKERS": "e:1", "TILEWORK_LOCAL_WORKERS": "5", "TILEWORK_TILE_SIZE": "128",
            "TILEWORK_LOG_LEVEL": "debug", "TILEWORK_RESULTS_TOPIC": "mine", "TILEWORK_KAFKA_CONFIG": "a=b;c=d=e",
            "TILEWORK_MAX_PARTITIONS": "12",
        ]
        let fromEnvironment = try settings(variables)
        #expect(fromEnvironment.cluster.brokers == "e:1")
        #expect(fromEnvironment.cluster.localWorkers == 5)
        #expect(fromEnvironment.limits.tileSize == 128)
        #expect(fromEnvironment.cluster.maximumPartitions == 12)
        #expect(fromEnvironment.logLevel == .debug)
        #expect(fromEnvironment.cluster.topics.results == "mine")
        #expect(fromEnvironment.cluster.properties == ["a": "b", "c": "d=e"])
        let given = try settings(
            ["--brokers", "o:1", "--tile-size", "64", "--log-level", "error", "--kafka-config", "x=y"],
            topics: ["--results-topic", "theirs"], workers: 1, variables)
        #expect(given.cluster.brokers == "o:1")
        #expect(given.cluster.localWorkers == 1)
        #expect(given.limits.tileSize == 64)
        #expect(given.logLevel == .error)
        #expect(given.cluster.topics.results == "theirs")
        #expect(given.cluster.properties == ["x": "y"])
    }

    @Test func anEmptyVariableIsNone() throws {
        let settings = try settings(["TILEWORK_BROKERS": "", "TILEWORK_TILE_SIZE": "", "TILEWORK_LOG_LEVEL": ""])
        #expect(settings.cluster.brokers == nil)
        #expect(settings.limits.tileSize == 512)
    }

    @Test(arguments: [64, 512, 1000, 1024]) func aTileHas64To1024Pixels(size: Int) throws {
        #expect(try settings(["--tile-size", "\(size)"]).limits.tileSize == size)
    }

    @Test(arguments: [
        (["--tile-size", "63"], "--tile-size is 63; it takes 64 to 1024"),
        (["--tile-size", "1025"], "64 to 1024"), (["--log-level", "loud"], "--log-level is 'loud'; it takes trace"),
        (["--max-partitions", "1"], "--max-partitions is 1; it takes 2 to 10000"),
        (["--max-partitions", "10001"], "10000"),
        (["--kafka-config", "novalue"], "key=value"), (["--kafka-config", "@/none/such"], "/none/such"),
    ])
    func invalidOptionsAreRefusedWithTheReason(arguments: [String], words: String) {
        #expect(message { try settings(arguments) }?.contains(words) == true)
    }

    /// The text may be a password without its property name.
    @Test func aSettingWithoutAKeyIsNotRepeated() {
        #expect(message { try settings(["--kafka-config", "geheim"]) }?.contains("geheim") == false)
    }

    @Test(arguments: [-1, 65]) func localWorkersAreNotTooMany(workers: Int) {
        #expect(message { try settings(workers: workers) }?.contains("--local-workers is \(workers)") == true)
    }

    @Test(arguments: ["tasks", "heartbeats", "dead-letters", "a b", ".", "é"])
    func theResultsTopicIsOneOfItsOwn(name: String) {
        let message = message { try settings(topics: ["--results-topic", name]) }
        #expect(message?.contains("--results-topic is '\(name)'") == true)
    }

    @Test(arguments: ["TILEWORK_TILE_SIZE", "TILEWORK_LOCAL_WORKERS"])
    func aVariableThatIsNoNumberIsNamed(variable: String) {
        #expect(message { try settings([variable: "many"]) }?.contains(variable) == true)
    }

    private func settings(_ variables: [String: String]) throws -> MasterSettings {
        try settings([], topics: [], workers: nil, variables)
    }
}
