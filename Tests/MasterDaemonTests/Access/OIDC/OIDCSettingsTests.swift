import ArgumentParser
import Foundation
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct OIDCSettingsTests {
    private func settings(_ arguments: String..., environment: [String: String] = [:]) throws -> OIDCSettings? {
        try OIDCSettings(try OIDCOptions.parse(arguments), environment: EnvironmentSettings(environment))
    }

    @Test func withoutAnIssuerThereIsNone() throws {
        #expect(try settings() == nil)
        for arguments in [
            ["--oidc-audience", "a"], ["--oidc-role-map", "x=admin"], ["--oidc-scope", "openid"],
            ["--oidc-role-claim", "x"], ["--oidc-client-id", "x"], ["--oidc-ca-file", "x"],
        ] {
            #expect {
                try OIDCSettings(try OIDCOptions.parse(arguments), environment: EnvironmentSettings([:]))
            } throws: {
                "\($0)".contains("\(arguments[0]) is set without --oidc-issuer")
            }
        }
        #expect(throws: SettingsError.self) { try settings(environment: ["TILEWORK_OIDC_ROLE_MAP": "x=admin"]) }
    }

    @Test func optionsAndVariablesAreRead() throws {
        let given = try #require(
            try settings(
                "--oidc-issuer", "https://a.example", "--oidc-audience", "t", "--oidc-role-claim", "groups",
                "--oidc-role-map",
                "x=admin", "--oidc-role-map", "y=viewer,z=operator", "--oidc-client-id", "c", "--oidc-scope",
                "openid groups"))
        #expect(given.issuer == "https://a.example" && given.audience == "t" && given.clientID == "c")
        #expect(given.roles == RoleClaim(name: "groups", map: ["x": .admin, "y": .viewer, "z": .operator]))
        #expect(given.scope == "openid groups")
        let variables = try #require(
            try settings(environment: [
                "TILEWORK_OIDC_ISSUER": "http://127.0.0.1:9", "TILEWORK_OIDC_CLIENT_ID": "c",
                "TILEWORK_OIDC_ROLE_MAP": "x=admin, y=viewer",
            ]))
        #expect(variables.roles.map == ["x": .admin, "y": .viewer] && variables.audience == nil)
        #expect(variables.scope == "openid")
    }

    @Test(arguments: [
        ["--oidc-issuer", "http://a.example", "--oidc-audience", "t"], ["--oidc-issuer", "https://a.example"],
        ["--oidc-issuer", "https://a.example", "--oidc-audience", "t", "--oidc-client-id", "t"],
        ["--oidc-issuer", "https://a.example", "--oidc-audience", "t", "--oidc-role-map", "x=king"],
        ["--oidc-issuer", "https://a.example", "--oidc-audience", "t", "--oidc-scope", "email"],
        [
            "--oidc-issuer", "https://a.example", "--oidc-client-id", "t", "--oidc-client-secret-file",
            "/does/not/exist",
        ],
        ["--oidc-issuer", "https://a.example", "--oidc-audience", "t", "--oidc-ca-file", "/does/not/exist"],
        // The file exists, but has no certificate.
        ["--oidc-issuer", "https://a.example", "--oidc-audience", "t", "--oidc-ca-file", "/etc/hostname"],
    ]) func othersAreRefused(arguments: [String]) throws {
        #expect(throws: SettingsError.self) {
            try OIDCSettings(try OIDCOptions.parse(arguments), environment: EnvironmentSettings([:]))
        }
    }

    @Test func theSecretIsInAFile() throws {
        let folder = try TestFolder()
        let file = folder.url.appending(path: "secret")
        try Data("s3cret\n".utf8).write(to: file)
        let arguments = [
            "--oidc-issuer", "https://a.example", "--oidc-client-id", "t", "--oidc-client-secret-file", file.path,
        ]
        let settings = try OIDCSettings(try OIDCOptions.parse(arguments), environment: EnvironmentSettings([:]))
        #expect(settings?.clientSecret == "s3cret")
        try Data(" \n".utf8).write(to: file)
        #expect(throws: SettingsError.self) {
            try OIDCSettings(try OIDCOptions.parse(arguments), environment: EnvironmentSettings([:]))
        }
    }
}
