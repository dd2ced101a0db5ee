import Foundation
import Logging
import TileCore

/// All settings of a master, validated.
struct MasterSettings: Sendable {
    var cluster = ClusterSettings()
    var dataDirectory: String
    var limits: IntakeLimits
    var retention = RetentionPolicy()
    var logLevel: Logger.Level
    var logFormat: LogOutput.Format
    /// `nil` if tracing is off.
    var tracing: TracingSettings? {
        didSet { cluster.traceEndpoint = tracing?.endpoint }
    }
    /// The program of codec processes: this program itself. Tests name `master-main`, because they run in another
    /// program.
    var codecProgram = "/proc/self/exe"

    /// The number of local workers of a master with an embedded broker.
    static let defaultLocalWorkers = 2

    init(
        engine: EngineOptions, topics: TopicOptions, localWorkers: Int?, workersOption: String,
        dataDirectory: String, limits: IntakeLimits, environment: EnvironmentSettings, defaultLevel: Logger.Level
    ) throws {
        cluster.brokers = try environment.text(engine.brokers, "brokers")
        cluster.properties = try KafkaConfiguration.properties(engine.kafkaConfig, environment)
        let results = try environment.text(topics.resultsTopic, "results-topic") ?? "results"
        guard KafkaLimits.isTopicName(results), !["tasks", "heartbeats", "dead-letters"].contains(results) else {
            throw SettingsError(
                "--results-topic is '\(results)', which is not a valid name, or the name of another topic")
        }
        cluster.topics = TopicNames(results: results)
        cluster.maximumPartitions = try environment.integer(
            engine.maxPartitions, "max-partitions", default: PartitionGrowth.defaultMaximum,
            in: PartitionGrowth.maxima)
        cluster.localWorkers = try environment.integer(
            localWorkers, workersOption, default: cluster.brokers == nil ? Self.defaultLocalWorkers : 0, in: 0...64)
        self.dataDirectory = dataDirectory
        self.limits = limits
        self.limits.tileSize = try environment.integer(
            engine.tileSize, "tile-size", default: limits.tileSize, in: TileGrid.tileSizes)
        self.limits.codecThreads = try environment.integer(
            engine.codecThreads, "codec-threads", default: limits.codecThreads, in: IntakeLimits.threads)
        logLevel = try Self.logLevel(engine.logLevel, environment, defaultLevel)
        logFormat = try LogOutput.format(engine.logFormat, environment)
        (cluster.logLevel, cluster.logFormat) = (logLevel, logFormat)
    }

    static func logLevel(
        _ given: String?, _ environment: EnvironmentSettings, _ defaultLevel: Logger.Level
    ) throws(SettingsError) -> Logger.Level {
        guard let text = try environment.text(given, "log-level") else { return defaultLevel }
        guard let level = Logger.Level(rawValue: text) else {
            throw SettingsError("--log-level is '\(text)'; it takes \(LogOutput.levels)")
        }
        return level
    }
}
