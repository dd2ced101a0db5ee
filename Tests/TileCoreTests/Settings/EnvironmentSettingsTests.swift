import Testing
import TileCore

@Suite struct EnvironmentSettingsTests {
    @Test func variablesThatAreNoSettingsAreNamed() throws {
        let environment = EnvironmentSettings([
            "TILEWORK_HOSST": "0.0.0.0", "TILEWORK_PORT": "80", "TILEWORK_SOMETHING_ELSE": "1", "TILEWORK_FAULT": "x",
            "HOME": "/root",
        ])
        _ = try environment.text(nil, "host")
        // A variable that the command line overrides is a setting as well.
        #expect(try environment.integer(8080, "port", default: 1, in: 1...9999) == 8080)
        #expect(
            environment.warnings(besides: ["TILEWORK_FAULT"]) == [
                "TILEWORK_HOSST is set, but is no setting here; did you mean TILEWORK_HOST?",
                "TILEWORK_SOMETHING_ELSE is set, but is no setting here",
            ])
    }

    @Test func aValidEnvironmentCausesNoWarnings() throws {
        let environment = EnvironmentSettings(["TILEWORK_PORT": "80"])
        _ = try environment.integer(nil, "port", default: 1, in: 1...9999)
        #expect(environment.warnings().isEmpty)
    }
}
