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
    let endsWithInput: Bool
    let faults: FaultInjection

    init(_ options: WorkerOptions, environment: EnvironmentSettings) throws {
        guard let id = try environment.text(options.id, "worker-id") else {
            throw SettingsError("a worker needs an id, as in 'worker-main worker-1'")
        }
        guard WorkerID.isValid(id) else { throw SettingsError("'\(id)' is no worker id: \(WorkerID.rule)") }
        self.id = id
        if let brokers = try environment.text(options.brokers, "brokers") {
            cluster = .brokers(brokers)
        } else {
            let address = try environment.text(options.master, "master") ?? "http://127.0.0.1:5000"
            guard let url = URL(string: address), let scheme = url.scheme, ["http", "https"].contains(scheme),
                url.host != nil
            else { throw SettingsError("--master is '\(address)'; it takes a URL like http://127.0.0.1:5000") }
            cluster = .master(url)
        }
        key = try Self.key(options, environment)
        trust = try MasterTrust(caFile: environment.text(options.caFile, "ca-file"))
        threads = try environment.integer(
            options.threads, "threads", default: min(256, ProcessInfo.processInfo.activeProcessorCount), in: 1...256)
        canvases = try environment.text(options.canvases, "canvases").map { CanvasFolder($0) }
        do {
            kafkaProperties = try KafkaConfiguration.parse(environment.list(options.kafkaConfig, "kafka-config"))
        } catch let error as KafkaError {
            throw SettingsError(error.reason)
        }
        let level = try environment.text(options.logLevel, "log-level") ?? "info"
        guard let logLevel = Logger.Level(rawValue: level) else {
            throw SettingsError("--log-level is '\(level)'; it takes \(LogOutput.levels)")
        }
        self.logLevel = logLevel
        endsWithInput = options.endWithInput
        faults = try FaultInjection(environment)
    }

    /// Not from the command line, which all users of a machine can read.
    private static func key(_ options: WorkerOptions, _ environment: EnvironmentSettings) throws -> String? {
        guard let path = try environment.text(options.keyFile, "key-file") else {
            return try environment.text(nil, "key")
        }
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw SettingsError("the key in \(path) cannot be read: \(error.localizedDescription)")
        }
        let key = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !key.isEmpty, key.allSatisfy({ $0.isASCII && !$0.isWhitespace }) else {
            throw SettingsError("\(path) holds no key; it takes one line, as 'master-main keys create' writes it")
        }
        return key
    }
}
