import ArgumentParser
import Foundation
import TileCore

/// Whose tokens are believed, as the command line says it.
struct OIDCOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The OpenID issuer whose tokens are believed beside keys, exactly as it calls itself. (TILEWORK_OIDC_ISSUER)",
            valueName: "url"))
    var oidcIssuer: String?

    @Option(
        help: ArgumentHelp(
            "For whom tokens of programs have to be: their claim aud. Without it programs need keys. "
                + "(TILEWORK_OIDC_AUDIENCE)", valueName: "text"))
    var oidcAudience: String?

    @Option(
        help: ArgumentHelp(
            "The claim that says the role, or the way to it, as in realm_access.roles. (TILEWORK_OIDC_ROLE_CLAIM; "
                + "default tilework_role)", valueName: "name"))
    var oidcRoleClaim: String?

    @Option(
        help: ArgumentHelp(
            "A value of that claim and the role that it stands for; can be repeated. By default the values are roles. "
                + "(TILEWORK_OIDC_ROLE_MAP, with commas between)", valueName: "value=role"))
    var oidcRoleMap: [String] = []

    @Option(
        help: ArgumentHelp(
            "What the issuer calls this master: people can log in there then. (TILEWORK_OIDC_CLIENT_ID)",
            valueName: "text"))
    var oidcClientID: String?

    @Option(
        help: ArgumentHelp(
            "A file with the secret that the issuer has given to this master, if it has. "
                + "(TILEWORK_OIDC_CLIENT_SECRET_FILE)", valueName: "path"))
    var oidcClientSecretFile: String?

    @Option(
        help: ArgumentHelp(
            "What is asked for when people log in. (TILEWORK_OIDC_SCOPE; default openid)", valueName: "words"))
    var oidcScope: String?

    @Option(
        help: ArgumentHelp(
            "A PEM file with a CA that has signed the issuer's certificate, beside those that this machine knows. "
                + "(TILEWORK_OIDC_CA_FILE)", valueName: "path"))
    var oidcCAFile: String?
}

extension OIDCSettings {
    /// - Parameter warn: called with what is wrong but does not keep the master from starting.
    /// - Returns: `nil` without an issuer.
    init?(_ options: OIDCOptions, environment: EnvironmentSettings, warn: (String) -> Void = { _ in }) throws {
        let issuer = try environment.text(options.oidcIssuer, "oidc-issuer")
        let others = [
            ("oidc-audience", options.oidcAudience), ("oidc-role-claim", options.oidcRoleClaim),
            ("oidc-client-id", options.oidcClientID), ("oidc-client-secret-file", options.oidcClientSecretFile),
            ("oidc-role-map", options.oidcRoleMap.first), ("oidc-scope", options.oidcScope),
            ("oidc-ca-file", options.oidcCAFile),
        ]
        guard let issuer else {
            for (name, value) in others where try environment.text(value, name) != nil {
                throw SettingsError(
                    "--\(name) is given, but no --oidc-issuer: name the issuer, or take \(name) away, here or in "
                        + EnvironmentSettings.variable(for: name))
            }
            return nil
        }
        guard IssuerAddress.isSafe(issuer), !issuer.contains("?") else {
            throw SettingsError("--oidc-issuer is '\(issuer)'; it takes an https address, or http on this machine")
        }
        self.init(issuer: issuer)
        audience = try environment.text(options.oidcAudience, "oidc-audience")
        clientID = try environment.text(options.oidcClientID, "oidc-client-id")
        guard audience != nil || clientID != nil else {
            throw SettingsError(
                "--oidc-issuer needs --oidc-audience, for programs with tokens, or --oidc-client-id, for people who log in"
            )
        }
        guard audience != clientID else {
            throw SettingsError(
                "--oidc-audience and --oidc-client-id are the same; tokens of log-ins would pass for those of programs")
        }
        roles.name = try environment.text(options.oidcRoleClaim, "oidc-role-claim") ?? roles.name
        roles.map = try RoleClaim.map(environment.names(options.oidcRoleMap, "oidc-role-map"))
        scope = try environment.text(options.oidcScope, "oidc-scope") ?? scope
        guard scope.split(separator: " ").contains("openid") else {
            throw SettingsError("--oidc-scope is '\(scope)'; the word openid has to be in it")
        }
        if let path = try environment.file(options.oidcClientSecretFile, "oidc-client-secret-file") {
            let file = try SecretFile(path, option: "oidc-client-secret-file")
            guard file.text.utf8.count <= 4096 else {
                throw SettingsError(
                    "--oidc-client-secret-file: the file '\(path)' has no secret in it, but more than 4096 bytes")
            }
            if let warning = file.warning { warn(warning) }
            clientSecret = file.text
        }
        if let path = try environment.file(options.oidcCAFile, "oidc-ca-file") { trust = try IssuerTrust(caFile: path) }
    }
}
