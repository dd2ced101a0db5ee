import Foundation
import Logging
import TileCore

/// Everything that a worker can be told, checked.
struct WorkerSettings: Sendable {
    /// How the worker learns of the brokers.
    enum Cluster: Sendable {
        case brokers(String)
        case master(URL)
    }

    let id: String
    let cluster: Cluster
    /// What the master is asked with; `nil` for one that is open.
    let key: String?
    /// Which certificates of a master count.
    let trust: MasterTrust
    let threads: Int
    let kafkaProperties: [String: String]
    /// The folder of a master's canvases on this machine, if there is one.
    let canvases: CanvasFolder?
    let logLevel: Logger.Level
    let logFormat: LogOutput.Format
    /// `nil` if there are to be no figures.
    let metrics: MetricsServer.Place?
    /// Where spans go; `nil` if there are to be none.
    let traceEndpoint: URL?
    let endsWithInput: Bool
    let faults: FaultInjection
    /// What is wrong, but not so that the worker would not start.
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
                "the key goes to \(url.absoluteString) unencrypted: everybody on the way can read it; use https:// or a "
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
        endsWithInput = options.endWithInput
        faults = try FaultInjection(environment)
    }

    /// - Parameter host: the name of this machine; what follows its first dot is left out.
    static func id(
        _ options: WorkerOptions, _ environment: EnvironmentSettings, host: String = ProcessInfo.processInfo.hostName
    ) throws(SettingsError) -> String {
        let instance = try environment.text(options.instance, "instance")
        if let instance, options.id != nil {
            throw SettingsError("there is an id and --instance \(instance), which makes one; leave one of them out")
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
        // A master's own workers have its environment, and cannot all have one port.
        guard let port, !options.endWithInput || options.metricsPort != nil else { return nil }
        guard (0...65535).contains(port) else {
            throw SettingsError("--metrics-port is \(port); it takes 0 to 65535")
        }
        return MetricsServer.Place(host: host ?? "127.0.0.1", port: port)
    }

    /// Not from the command line, which all users of a machine can read.
    private static func key(
        _ options: WorkerOptions, _ environment: EnvironmentSettings, warn: (String) -> Void
    ) throws(SettingsError) -> String? {
        guard let path = try environment.file(options.keyFile, "key-file") else {
            return try environment.text(nil, "key")
        }
        let file = try SecretFile(path, option: "key-file")
        guard file.text.allSatisfy({ $0.isASCII && !$0.isWhitespace }) else {
            throw SettingsError(
                "--key-file: '\(path)' holds no key; it takes one line, as 'master-main keys create' writes it")
        }
        if let warning = file.warning { warn(warning) }
        return file.text
    }
}
