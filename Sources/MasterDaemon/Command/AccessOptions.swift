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

    @Option(
        help: ArgumentHelp(
            "Where browsers reach this master, as in https://tiles.example.org, if that is not how they call it, as behind a "
                + "proxy. With https its cookies are for TLS alone, and browsers are told to come by TLS. "
                + "(TILEWORK_PUBLIC_URL)", valueName: "url"))
    var publicURL: String?

    @Option(
        help: ArgumentHelp(
            "A proxy whose X-Forwarded-For says from where a request comes; can be repeated. (TILEWORK_TRUSTED_PROXY, with "
                + "commas between)", valueName: "address[/bits]"))
    var trustedProxy: [String] = []

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
    /// Where browsers reach the master, without a slash at the end; `nil` for what they call it.
    var publicURL: String?
    var proxies = TrustedProxies()
    /// What is wrong, but not so that the master would not start.
    var warnings: [String] = []

    init(_ options: AccessOptions, host: String, environment: EnvironmentSettings) throws {
        isInsecure = try environment.value(options.insecure ? true : nil, "insecure", parse: Bool.init) ?? false
        policy.isPrivate =
            try environment.value(options.privateJobs ? true : nil, "private-jobs", parse: Bool.init) ?? false
        hosts = try environment.names(options.allowHost, "allow-host")
        auditLog = try environment.text(options.auditLog, "audit-log")
        limits = try RateLimitSettings(environment.names(options.limits.limit, "limit"))
        oidc = try OIDCSettings(options.oidc, environment: environment) { warnings.append($0) }
        publicURL = try Self.publicURL(environment.text(options.publicURL, "public-url"))
        proxies = try TrustedProxies(environment.names(options.trustedProxy, "trusted-proxy"))
    }

    private static func publicURL(_ text: String?) throws(SettingsError) -> String? {
        guard var text = text?.lowercased() else { return nil }
        if text.hasSuffix("/") { text.removeLast() }
        guard OriginRule.isOrigin(text) else {
            throw SettingsError("--public-url is '\(text)'; it takes an address such as https://tiles.example.org")
        }
        return text
    }

    /// - Throws: if the master would be open to other machines.
    /// - Parameters:
    ///   - certificateNames: those in the certificate that is in use, by which clients of TLS call the master.
    ///   - hasTLS: whether it speaks TLS itself.
    func gate(
        dataDirectory: String, host: String, origins: OriginRule, certificateNames: @escaping @Sendable () -> [String],
        hasTLS: Bool, logger: Logger
    ) throws -> Gate {
        try PrivateFolder.make(dataDirectory)
        // Pages at the public address are the master's own.
        let origins = try OriginRule(others: Array(origins.others) + (publicURL.map { [$0] } ?? []))
        let keys = KeyStore(folder: dataDirectory, logger: logger)
        let mayBeOpen = isInsecure || HostRule.isOfThisMachine(host)
        guard try mayBeOpen || oidc != nil || keys.look().hasKeys else { throw Self.wouldBeOpen(host, dataDirectory) }
        return Gate(
            keys: keys, issuer: oidc.map { Issuer($0, logger: logger) }, origins: origins,
            hosts: HostRule(
                listening: host, others: hosts + origins.hosts, certificateNames: certificateNames), policy: policy,
            audit: try AuditLog(path: auditLog ?? AuditLog.path(in: dataDirectory), logger: logger),
            limiter: RateLimiter(settings: limits), proxies: proxies, publicURL: publicURL,
            isSecure: hasTLS || publicURL?.hasPrefix("https:") ?? false, mayBeOpen: mayBeOpen)
    }

    private static func wouldBeOpen(_ host: String, _ dataDirectory: String) -> ServiceError {
        ServiceError(
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
