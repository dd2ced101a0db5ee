import Foundation
import TileCore

/// The checks of everything that a master needs.
struct MasterChecks: Sendable {
    /// The recommended free space in bytes: the canvases of an image of 500 megapixels in 8-bit color.
    static let leastSpace = 4 << 30

    let plan: ServePlan
    /// The warnings about environment variables.
    let warnings: [String]

    /// In the order of the report.
    var all: [Check] {
        [
            Check { HostChecks.variables(warnings) + plan.access.warnings.map { .warning("settings", $0) } },
            Check { [DataDirectoryCheck(path: plan.settings.dataDirectory).finding()] },
            Check { [Self.space(at: plan.settings.dataDirectory)] },
            Check { [keys()] },
            Check { certificate() },
            Check { await ports() },
            Check { localWorkers() },
        ] + cluster
    }

    /// Checks the files that options name, before they are read.
    static func files(_ serve: ServeCommand, _ environment: EnvironmentSettings) -> [Finding] {
        var files = NamedFileChecks(environment)
        files.add(serve.connections.tlsCert, "tls-cert", isSecret: false)
        files.add(serve.connections.tlsKey, "tls-key", isSecret: true)
        files.add(serve.access.oidc.oidcClientSecretFile, "oidc-client-secret-file", isSecret: true)
        files.add(serve.access.oidc.oidcCAFile, "oidc-ca-file", isSecret: false)
        files.add(kafkaConfig: serve.engine.kafkaConfig)
        return files.all
    }

    private static func space(at folder: String) -> Finding {
        guard let space = DiskSpace.free(at: folder) else {
            return .warning("disk", "the free space cannot be determined")
        }
        let text = "\(space.free >> 20) MiB of \(space.size >> 20) are free"
        return space.free < leastSpace
            ? .outage("disk", text, do: "delete jobs, or set --keep or --max-storage; jobs wait for space meanwhile")
            : .ok("disk", text)
    }

    private func keys() -> Finding {
        let isClosed = HostRule.isOfThisMachine(plan.host)
        do {
            let hasKeys = try KeyStore(folder: plan.settings.dataDirectory).look().hasKeys
            if hasKeys { return .ok("keys", "clients need a key") }
        } catch {
            return .fault("keys", CommandErrors.reason(error) ?? "\(error)")
        }
        if plan.access.oidc != nil { return .ok("keys", "there is none; clients need a token of the issuer") }
        if isClosed { return .ok("keys", "there is none; every user of this machine has full access") }
        if plan.access.isInsecure {
            return .warning(
                "keys", "there is none, and --insecure is set: everyone who reaches \(plan.host) has full access")
        }
        return .fault(
            "keys", "there is none, and \(plan.host) is reached by other machines",
            do: "master-main keys create NAME --role admin --data-dir \(plan.settings.dataDirectory)")
    }

    private func certificate() -> [Finding] {
        guard let files = plan.connections.files else {
            return HostRule.isOfThisMachine(plan.host) || plan.access.publicURL?.hasPrefix("https:") == true
                ? [.ok("certificate", "none; the master speaks plain HTTP")]
                : [
                    .warning(
                        "certificate", "none: keys and images cross the network unencrypted",
                        do: "--tls-cert and --tls-key")
                ]
        }
        do throws(ServiceError) {
            let credentials = try files.load()
            let text =
                "for \(credentials.names.joined(separator: ", ")), until \(credentials.expiry.formatted(.iso8601))"
            return switch credentials.validity(at: Date()) {
            case .good: [.ok("certificate", text)]
            case .expiresSoon: [.warning("certificate", text, do: "renew it")]
            case .expired: [.outage("certificate", "\(text): it has expired", do: "renew it")]
            case .notYet: [.outage("certificate", "\(text): it is not valid yet", do: "check this host's clock")]
            }
        } catch {
            return [.fault("certificate", error.detail)]
        }
    }

    private func ports() async -> [Finding] {
        var findings = [await PortCheck(host: plan.host, port: plan.port, option: "--port").finding()]
        if let port = plan.connections.redirectPort {
            findings.append(await PortCheck(host: plan.host, port: port, option: "--redirect-port").finding())
        }
        return findings
    }

    private func localWorkers() -> [Finding] {
        guard plan.settings.cluster.localWorkers > 0 else { return [] }
        do throws(ServiceError) {
            return [.ok("local workers", "\(plan.settings.cluster.localWorkers) of \(try WorkerExecutable.path())")]
        } catch {
            return [.fault("local workers", error.detail)]
        }
    }

    private var cluster: [Check] {
        let cluster = plan.settings.cluster
        guard let brokers = cluster.brokers else {
            return [Check { [.ok("cluster", "none; a broker inside the master, for workers on this host")] }]
        }
        return ClusterChecks(
            KafkaConfiguration(brokers: brokers, properties: cluster.properties), topics: cluster.topics, role: .master
        ).checks
    }
}
