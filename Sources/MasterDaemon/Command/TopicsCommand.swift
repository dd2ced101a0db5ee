import ArgumentParser
import Foundation
import Logging
import TileCore

struct TopicsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics",
        abstract: "Create the missing topics on a Kafka cluster, check the others, and show them.",
        discussion: "A second run changes nothing.")

    @OptionGroup(title: "Cluster") var engine: EngineOptions
    @OptionGroup(title: "Topics") var topics: TopicOptions

    func run() async throws {
        try await CommandErrors.reporting {
            let settings = try MasterSettings(
                engine: engine, topics: topics, localWorkers: 0, workersOption: "local-workers", dataDirectory: "",
                limits: IntakeLimits(), environment: EnvironmentSettings(), defaultLevel: .warning)
            guard let brokers = settings.cluster.brokers else {
                throw SettingsError("topics needs --brokers: an embedded broker creates its own topics")
            }
            LogOutput.bootstrap(level: settings.logLevel)
            let admin = try KafkaAdmin(
                KafkaConfiguration(brokers: brokers, properties: settings.cluster.properties),
                logger: Logger(label: "topics"))
            let result = try await TopicSetup(
                admin: admin, topics: settings.cluster.topics, logger: Logger(label: "topics")
            ).ensure()
            print(Self.table(result.rows))
        }
    }

    private static func table(_ rows: [TopicSetup.Row]) -> String {
        let header = ["topic", "partitions", "record bytes", "retention", ""]
        let lines = rows.map { row in
            [
                row.name, "\(row.partitions)", row.recordBytes.map(String.init) ?? "unknown",
                row.retentionMilliseconds.map { "\($0 / 60_000) min" } ?? "unknown", row.isNew ? "created" : "existed",
            ]
        }
        let widths = header.indices.map { column in ([header] + lines).map { $0[column].count }.max() ?? 0 }
        return ([header] + lines).map { line in
            zip(line, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
                .joined(separator: "  ").trimmingCharacters(in: .whitespaces)
        }.joined(separator: "\n")
    }
}
