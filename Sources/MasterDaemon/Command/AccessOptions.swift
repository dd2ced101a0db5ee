import ArgumentParser
import Foundation
import Logging
import TileCore

/// The access options of the command line.
struct AccessOptions: ParsableArguments {
    @Flag(
        help:
            "Let other machines connect to a master without keys: everyone who reaches it has full access. (TILEWORK_INSECURE)"
    )
    var insecure = false

    @Flag(help: "Viewers and operators see their own jobs only. (TILEWORK_PRIVATE_JOBS)")
    var privateJobs = false

    @Option(
        help: ArgumentHelp(
            "An additional host name of the master, as in tiles.example.org; can be repeated. "
                + "(TILEWORK_ALLOW_HOST, with commas between)", valueName: "name"))
    var allowHost: [String] = []

    @Option(
        help: ArgumentHelp(
            "The file of the audit log, one line of JSON for each action; - is standard output. "
                + "(TILEWORK_AUDIT_LOG; default audit.jsonl in the data directory)", valueName: "path"))
    var auditLog: String?

    @Option(
        help: ArgumentHelp(
            "The address at which browsers reach this master, as in https://tiles.example.org, if a proxy changes it. With "
                + "https, cookies are sent over TLS only, and browsers are told to use TLS. "
                + "(TILEWORK_PUBLIC_URL)", valueName: "url"))
    var publicURL: String?

    @Option(
        help: ArgumentHelp(
            "A proxy whose X-Forwarded-For header is trusted; can be repeated. (TILEWORK_TRUSTED_PROXY, with commas "
                + "between)", valueName: "address[/bits]"))
    var trustedProxy: [String] = []

    @OptionGroup var limits: LimitOptions

    @OptionGroup var oidc: OIDCOptions
}

/// The access options, validated.
struct AccessSettings: Sendable {
    var isInsecure: Bool
    var policy = JobPolicy()
    var hosts: [String]
    var auditLog: String?
    var limits: RateLimitSettings
    var oidc: OIDCSettings?
    /// The address at which browsers reach the master, without a slash at the end; `nil` to take it from each request.
    var publicURL: String?
    var proxies = TrustedProxies()
    /// Problems that do not keep the master from starting.
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

    /// - Parameters:
    ///   - certificateNames: the host names in the current certificate.
    ///   - hasTLS: whether the master itself speaks TLS.
    /// - Throws: `ServiceError` if other machines would get in without a key.
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
            "no keys: listening on \(host) would give everyone full access; make a key with 'master-main keys create admin "
                + "--role admin --data-dir \(dataDirectory)', or set --insecure if the network restricts access")
    }
}

extension EnvironmentSettings {
    /// The values of an option that can be repeated, or whose variable lists them with commas between.
    func names(_ given: [String], _ option: String) throws(SettingsError) -> [String] {
        let texts = try given.isEmpty ? text(nil, option).map { [$0] } ?? [] : given
        return texts.flatMap { $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }
            .filter { !$0.isEmpty }
    }
}
