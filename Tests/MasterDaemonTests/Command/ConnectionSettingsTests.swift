import ArgumentParser
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct ConnectionSettingsTests {
    private func settings(
        _ arguments: [String], _ variables: [String: String] = [:], port: Int = 5000
    ) throws -> ConnectionSettings {
        try ConnectionSettings(.parse(arguments), port: port, environment: EnvironmentSettings(variables))
    }

    @Test func withoutAnythingThereIsNoTLS() throws {
        let settings = try settings([])
        #expect(settings.files == nil && settings.redirectPort == nil)
        #expect(settings.limits == ConnectionLimits())
    }

    @Test func fromTheEnvironment() throws {
        let settings = try settings(
            [],
            [
                "TILEWORK_TLS_CERT": "c.pem", "TILEWORK_TLS_KEY": "k.pem", "TILEWORK_REDIRECT_PORT": "80",
                "TILEWORK_MAX_CONNECTIONS": "100", "TILEWORK_MAX_CONNECTIONS_PER_ADDRESS": "10",
            ])
        #expect(settings.files == TLSFiles(certificate: "c.pem", key: "k.pem"))
        #expect(settings.redirectPort == 80)
        #expect(settings.limits.maximum == 100 && settings.limits.maximumPerAddress == 10)
    }

    @Test func anAddressHasNoMoreThanAll() throws {
        #expect(try settings(["--max-connections", "8"]).limits.maximumPerAddress == 8)
    }

    @Test(arguments: [
        (["--tls-cert", "c"], "--tls-key"), (["--tls-key", "k"], "--tls-cert"),
        (["--redirect-port", "80"], "--tls-cert"),
        (["--tls-cert", "c", "--tls-key", "k", "--redirect-port", "5000"], "both 5000"),
        (["--tls-cert", "c", "--tls-key", "k", "--redirect-port", "0"], "1 to 65535"),
        (["--max-connections", "0"], "--max-connections"),
    ])
    func invalidSettingsAreRefused(arguments: [String], words: String) {
        let error = #expect(throws: SettingsError.self) { try settings(arguments) }
        #expect(error?.description.contains(words) == true)
    }
}
