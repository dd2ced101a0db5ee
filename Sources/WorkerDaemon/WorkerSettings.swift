import Foundation
import Logging
import TileCore

/// A worker's settings, from the command line and the environment, after validation.
struct WorkerSettings: Sendable {
    /// How the worker finds the brokers.
    enum Cluster: Sendable {
        case brokers(String)
        case master(URL)
    }

    let id: String
    let cluster: Cluster
    /// The key for the master; `nil` for a master without keys.
    let key: String?
    /// The CAs that are trusted for a master's certificate.
    let trust: MasterTrust
    let threads: Int
    let kafkaProperties: [String: String]
    /// The folder with the canvases of a master on this machine; `nil` if none was given.
    let canvases: CanvasFolder?
    let logLevel: Logger.Level
    let logFormat: LogOutput.Format
    /// Where to serve metrics; `nil` for none.
    let metrics: MetricsServer.Place?
    /// Where to send spans; `nil` for none.
    let traceEndpoint: URL?
    /// Whether a master started this worker. A local worker ends when its standard input does.
    let isLocal: Bool
    let faults: FaultInjection
    /// Problems with which the worker starts all the same.
    let warnings: [String]

    /// - Parameter variables: the whole environment.
    init(
        _ options: WorkerOptions, environment: EnvironmentSettings,
        variables: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        id = try Self.id(options, environment)
        if let brokers = try environment.text(options.brokers, "brokers") {
            cluster = .brokers(brokers)
        } else {
            let address = try environment.text(options.master, "master") ?? "http://127.0.0.1:5000"
            guard let url = URL(string: address), let scheme = url.scheme, ["http", "https"].contains(scheme),
                url.host != nil
            else { throw SettingsError("--master is '\(address)'; it takes a URL like http://127.0.0.1:5000") }
            cluster = .master(url)
        }
        var warnings: [String] = []
        key = try Self.key(options, environment) { warnings.append($0) }
        if case .master(let url) = cluster, key != nil, url.scheme == "http", !SmallRequest.isOfThisMachine(url) {
            warnings.append(
                "key sent unencrypted to \(url.absoluteString): everybody on the way can read it; use https:// or a "
                    + "private network")
        }
        self.warnings = warnings
        trust = try MasterTrust(caFile: environment.file(options.caFile, "ca-file"))
        threads = try environment.integer(
            options.threads, "threads", default: min(256, ProcessInfo.processInfo.activeProcessorCount), in: 1...256)
        canvases = try environment.text(options.canvases, "canvases").map { CanvasFolder($0) }
        kafkaProperties = try KafkaConfiguration.properties(options.kafkaConfig, environment)
        let level = try environment.text(options.logLevel, "log-level") ?? "info"
        guard let logLevel = Logger.Level(rawValue: level) else {
            throw SettingsError("--log-level is '\(level)'; it takes \(LogOutput.levels)")
        }
        self.logLevel = logLevel
        logFormat = try LogOutput.format(options.logFormat, environment)
        metrics = try Self.metrics(options, environment)
        traceEndpoint = try TracingSettings.endpoint(options.otlpEndpoint, environment, others: variables)
        isLocal = options.endWithInput
        faults = try FaultInjection(environment)
    }

    /// - Parameter host: the name of this machine; only the part before its first dot is used.
    static func id(
        _ options: WorkerOptions, _ environment: EnvironmentSettings, host: String = ProcessInfo.processInfo.hostName
    ) throws(SettingsError) -> String {
        let instance = try environment.text(options.instance, "instance")
        if let instance, options.id != nil {
            throw SettingsError(
                "an id and --instance \(instance) are given, but --instance makes the id; leave one of them out")
        }
        let given = try environment.text(options.id, "worker-id")
        let name = instance.map { "\(host.prefix { $0 != "." })-\($0)" }
        guard let id = name ?? given else {
            throw SettingsError("a worker needs an id, as in 'worker-main worker-1'")
        }
        guard WorkerID.isValid(id) else {
            throw SettingsError(
                "'\(id)' is no worker id: \(WorkerID.rule)" + (name == nil ? "" : "; it has this host's name in it"))
        }
        return id
    }

    private static func metrics(
        _ options: WorkerOptions, _ environment: EnvironmentSettings
    ) throws(SettingsError) -> MetricsServer.Place? {
        let host = try environment.text(options.metricsHost, "metrics-host")
        let port = try environment.value(options.metricsPort, "metrics-port") { Int($0) }
        // Local workers inherit the master's environment, and cannot all use the same port.
        guard let port, !options.endWithInput || options.metricsPort != nil else { return nil }
        guard (0...65535).contains(port) else {
            throw SettingsError("--metrics-port is \(port); it takes 0 to 65535")
        }
        return MetricsServer.Place(host: host ?? "127.0.0.1", port: port)
    }

    /// Reads the key from a file or a variable, because all users of a machine can read command lines.
    private static func key(
        _ options: WorkerOptions, _ environment: EnvironmentSettings, warn: (String) -> Void
    ) throws(SettingsError) -> String? {
        guard let path = try environment.file(options.keyFile, "key-file") else {
            return try environment.text(nil, "key")
        }
        let file = try SecretFile(path, option: "key-file")
        guard file.text.allSatisfy({ $0.isASCII && !$0.isWhitespace }) else {
            throw SettingsError(
                "--key-file: '\(path)' has no key; it takes one line, as 'master-main keys create' prints it")
        }
        if let warning = file.warning { warn(warning) }
        return file.text
    }
}
