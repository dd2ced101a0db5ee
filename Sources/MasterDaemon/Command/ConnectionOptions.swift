import ArgumentParser
import TileCore

/// The command line's options for TLS and the limits of connections.
struct ConnectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Speak TLS only, with this certificate in PEM, followed by its intermediate certificates. The file is read again "
                + "when it changes. (TILEWORK_TLS_CERT)", valueName: "path"))
    var tlsCert: String?

    @Option(
        help: ArgumentHelp(
            "The certificate's private key, in PEM and without a passphrase. (TILEWORK_TLS_KEY)", valueName: "path"))
    var tlsKey: String?

    @Option(
        help: ArgumentHelp(
            "A port without TLS that only redirects clients to the port with TLS. "
                + "(TILEWORK_REDIRECT_PORT)", valueName: "port"))
    var redirectPort: Int?

    @Option(help: "The maximum number of simultaneous connections. (TILEWORK_MAX_CONNECTIONS; default 1024)")
    var maxConnections: Int?

    @Option(
        help: """
            The maximum number of simultaneous connections from one address, or from one IPv6 network; this machine's own \
            are not limited. (TILEWORK_MAX_CONNECTIONS_PER_ADDRESS; default 256)
            """)
    var maxConnectionsPerAddress: Int?
}

/// The connection options, validated.
struct ConnectionSettings: Sendable {
    /// `nil` without TLS.
    let files: TLSFiles?
    let redirectPort: Int?
    var limits = ConnectionLimits()

    init(_ options: ConnectionOptions, port: Int, environment: EnvironmentSettings) throws {
        let certificate = try environment.file(options.tlsCert, "tls-cert")
        let key = try environment.file(options.tlsKey, "tls-key")
        switch (certificate, key) {
        case (let certificate?, let key?): files = TLSFiles(certificate: certificate, key: key)
        case (nil, nil): files = nil
        case (_?, nil): throw SettingsError("--tls-cert needs --tls-key, the certificate's private key")
        case (nil, _?): throw SettingsError("--tls-key needs --tls-cert, the key's certificate")
        }
        redirectPort = try environment.value(options.redirectPort, "redirect-port") { Int($0) }
        if let redirectPort {
            guard (1...65535).contains(redirectPort) else {
                throw SettingsError("--redirect-port is \(redirectPort); it takes 1 to 65535")
            }
            guard files != nil else { throw SettingsError("--redirect-port needs --tls-cert: it redirects to TLS") }
            guard redirectPort != port else { throw SettingsError("--redirect-port and --port are both \(port)") }
        }
        limits.maximum = try environment.integer(
            options.maxConnections, "max-connections", default: limits.maximum, in: 1...30_000)
        limits.maximumPerAddress = try environment.integer(
            options.maxConnectionsPerAddress, "max-connections-per-address",
            default: min(limits.maximumPerAddress, limits.maximum), in: 1...30_000)
    }
}
