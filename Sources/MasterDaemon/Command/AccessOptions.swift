import ArgumentParser
import Foundation
import Logging
import TileCore

/// Who may do what, as the command line says it.
struct AccessOptions: ParsableArguments {
    @Flag(
        help:
            "Listen on other addresses than this machine's own without keys: whoever reaches it may do everything. (TILEWORK_INSECURE)"
    )
    var insecure = false

    @Flag(help: "Viewers and operators see their own jobs only. (TILEWORK_PRIVATE_JOBS)")
    var privateJobs = false

    @Option(
        help: ArgumentHelp(
            "A further name by which the master may be called, as in tiles.example.org; can be repeated. "
                + "(TILEWORK_ALLOW_HOST, with commas between)", valueName: "name"))
    var allowHost: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where to write who did what, a line of JSON each; - is standard output. "
                + "(TILEWORK_AUDIT_LOG; default audit.jsonl in the data directory)", valueName: "path"))
    var auditLog: String?

    @OptionGroup var limits: LimitOptions

    @OptionGroup var oidc: OIDCOptions
}

/// Who may do what, checked.
struct AccessSettings: Sendable {
    var isInsecure: Bool
    var policy = JobPolicy()
    var hosts: [String]
    var auditLog: String?
    var limits: RateLimitSettings
    var oidc: OIDCSettings?

    init(_ options: AccessOptions, host: String, environment: EnvironmentSettings) throws {
        isInsecure = try environment.value(options.insecure ? true : nil, "insecure", parse: Bool.init) ?? false
        policy.isPrivate =
            try environment.value(options.privateJobs ? true : nil, "private-jobs", parse: Bool.init) ?? false
        hosts = try environment.names(options.allowHost, "allow-host")
        auditLog = try environment.text(options.auditLog, "audit-log")
        limits = try RateLimitSettings(environment.names(options.limits.limit, "limit"))
        oidc = try OIDCSettings(options.oidc, environment: environment)
    }

    /// - Throws: if the master would be open to other machines.
    /// - Parameters:
    ///   - names: those in the certificate, by which clients of TLS call the master.
    ///   - isSecure: whether it speaks TLS.
    func gate(
        dataDirectory: String, host: String, origins: OriginRule, names: [String], isSecure: Bool, logger: Logger
    ) throws -> Gate {
        try PrivateFolder.make(dataDirectory)
        let gate = Gate(
            keys: KeyStore(folder: dataDirectory), issuer: oidc.map { Issuer($0, logger: logger) }, origins: origins,
            hosts: HostRule(listening: host, others: hosts + origins.hosts + names), policy: policy,
            audit: try AuditLog(path: auditLog ?? "\(dataDirectory)/audit.jsonl", logger: logger),
            limiter: RateLimiter(settings: limits), isSecure: isSecure)
        guard try gate.isOpen(), !isInsecure, !HostRule.isOfThisMachine(host) else { return gate }
        throw ServiceError(
            .startup,
            "listening on \(host) without keys would let everybody in; make one with 'master-main keys create admin --role "
                + "admin --data-dir \(dataDirectory)', or say --insecure if the network itself lets nobody in")
    }
}

extension EnvironmentSettings {
    /// Words that may be given more than once, or with commas between.
    func names(_ given: [String], _ option: String) throws(SettingsError) -> [String] {
        let texts = try given.isEmpty ? text(nil, option).map { [$0] } ?? [] : given
        return texts.flatMap { $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }
            .filter { !$0.isEmpty }
    }
}
