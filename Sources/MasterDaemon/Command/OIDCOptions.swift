import ArgumentParser
import Foundation
import TileCore

/// The command line's options for the tokens of an OpenID issuer.
struct OIDCOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The OpenID issuer whose tokens are accepted in addition to keys, exactly as it names itself. (TILEWORK_OIDC_ISSUER)",
            valueName: "url"))
    var oidcIssuer: String?

    @Option(
        help: ArgumentHelp(
            "The audience (claim aud) that tokens of programs must have. Without it, programs need keys. "
                + "(TILEWORK_OIDC_AUDIENCE)", valueName: "text"))
    var oidcAudience: String?

    @Option(
        help: ArgumentHelp(
            "The claim that holds the role, or the path to it, as in realm_access.roles. (TILEWORK_OIDC_ROLE_CLAIM; "
                + "default tilework_role)", valueName: "name"))
    var oidcRoleClaim: String?

    @Option(
        help: ArgumentHelp(
            "A value of that claim and its role; can be repeated. By default the values are the names of roles. "
                + "(TILEWORK_OIDC_ROLE_MAP, with commas between)", valueName: "value=role"))
    var oidcRoleMap: [String] = []

    @Option(
        help: ArgumentHelp(
            "The client id of this master at the issuer. With it, people can log in there. (TILEWORK_OIDC_CLIENT_ID)",
            valueName: "text"))
    var oidcClientID: String?

    @Option(
        help: ArgumentHelp(
            "A file with the client secret of this master, if the issuer has given it one. "
                + "(TILEWORK_OIDC_CLIENT_SECRET_FILE)", valueName: "path"))
    var oidcClientSecretFile: String?

    @Option(
        help: ArgumentHelp(
            "The scope that is requested when people log in. (TILEWORK_OIDC_SCOPE; default openid)",
            valueName: "words"))
    var oidcScope: String?

    @Option(
        help: ArgumentHelp(
            "A PEM file with a CA for the issuer's certificate, in addition to the CAs that this machine trusts. "
                + "(TILEWORK_OIDC_CA_FILE)", valueName: "path"))
    var oidcCAFile: String?
}

extension OIDCSettings {
    /// - Parameter warn: called with each problem that does not keep the master from starting.
    /// - Returns: `nil` if no issuer is set.
    /// - Throws: `SettingsError` for an invalid option.
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
                    "--\(name) is set without --oidc-issuer: set the issuer, or remove \(name) from the options or from "
                        + EnvironmentSettings.variable(for: name))
            }
            return nil
        }
        guard IssuerAddress.isSafe(issuer), !issuer.contains("?") else {
            throw SettingsError(
                "--oidc-issuer is '\(issuer)'; it takes an https address, or an http address of this machine, without user, query "
                    + "and fragment")
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
                "--oidc-audience and --oidc-client-id must differ; otherwise ID tokens would be accepted as access tokens"
            )
        }
        roles.name = try environment.text(options.oidcRoleClaim, "oidc-role-claim") ?? roles.name
        roles.map = try RoleClaim.map(environment.names(options.oidcRoleMap, "oidc-role-map"))
        scope = try environment.text(options.oidcScope, "oidc-scope") ?? scope
        guard scope.split(separator: " ").contains("openid") else {
            throw SettingsError("--oidc-scope is '\(scope)'; it has to contain the word openid")
        }
        if let path = try environment.file(options.oidcClientSecretFile, "oidc-client-secret-file") {
            let file = try SecretFile(path, option: "oidc-client-secret-file")
            guard file.text.utf8.count <= 4096 else {
                throw SettingsError(
                    "--oidc-client-secret-file: the file '\(path)' is not a secret; it has more than 4096 bytes")
            }
            if let warning = file.warning { warn(warning) }
            clientSecret = file.text
        }
        if let path = try environment.file(options.oidcCAFile, "oidc-ca-file") { trust = try IssuerTrust(caFile: path) }
    }
}
