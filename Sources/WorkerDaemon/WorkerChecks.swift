import Foundation
import Logging
import TileCore

/// The checks of `--check`: everything that a worker needs. They do not join the consumer group.
struct WorkerChecks: Sendable {
    let options: WorkerOptions
    let environment: EnvironmentSettings

    /// Runs the checks and prints their findings.
    /// - Returns: the program's exit status.
    func perform() async -> Int32 {
        var checks = [Check { [HostChecks.user()] + files() }]
        do {
            let settings = try WorkerSettings(options, environment: environment)
            let warnings = environment.warnings()
            checks.append(Check { [.ok("id", settings.id)] + HostChecks.variables(warnings) })
            checks.append(Check { settings.warnings.map { .warning("settings", $0) } + canvases(settings) })
            checks += await cluster(settings)
        } catch {
            let words = (error as? SettingsError)?.description ?? "\(error)"
            checks.append(Check { [.fault("settings", words)] })
        }
        return await Check.all(checks) { finding in
            FileHandle.standardOutput.write(Data("\(finding.line)\n".utf8))
        }
    }

    private func files() -> [Finding] {
        var files = NamedFileChecks(environment)
        files.add(options.keyFile, "key-file", isSecret: true)
        files.add(options.caFile, "ca-file", isSecret: false)
        files.add(kafkaConfig: options.kafkaConfig)
        return files.all
    }

    private func canvases(_ settings: WorkerSettings) -> [Finding] {
        guard let folder = settings.canvases else { return [] }
        if let obstacle = FileObstacle.find(at: RawPath(folder.path), for: .fill) {
            return [
                .warning(
                    "canvases", "\(folder.path) cannot be used: \(obstacle); tiles come through Kafka",
                    do: "run the worker as the master's user, on its host, or remove --canvases")
            ]
        }
        return [.ok("canvases", folder.path)]
    }

    private func cluster(_ settings: WorkerSettings) async -> [Check] {
        switch settings.cluster {
        case .brokers(let brokers):
            let configuration = KafkaConfiguration(brokers: brokers, properties: settings.kafkaProperties)
            return ClusterChecks(configuration, topics: TopicNames(), role: .worker).checks
        case .master(let url):
            let subject = "master \(url.absoluteString)"
            let lookup = ClusterLookup(
                master: url, key: settings.key, trust: settings.trust, ownProperties: settings.kafkaProperties,
                manager: ServiceManager([:]), logger: Logger(label: settings.id))
            do {
                let cluster = try await lookup.ask()
                return [Check { [.ok(subject, "it names the brokers \(cluster.configuration.brokers)")] }]
                    + ClusterChecks(cluster.configuration, topics: cluster.topics, role: .worker).checks
            } catch {
                let words = (error as? SettingsError)?.description ?? "\(error)"
                return [
                    Check { [.outage(subject, words, do: "start it, or check --master, --key-file and --ca-file")] }
                ]
            }
        }
    }
}
