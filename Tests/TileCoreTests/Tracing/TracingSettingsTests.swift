import Foundation
import Testing

@testable import TileCore

@Suite struct TracingSettingsTests {
    private func endpoint(
        _ given: String? = nil, _ own: [String: String] = [:], _ others: [String: String] = [:]
    ) throws -> String? {
        try TracingSettings.endpoint(given, EnvironmentSettings(own), others: others)?.absoluteString
    }

    @Test func thePathIsAdded() throws {
        for (given, wanted) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("https://a.example/", "https://a.example/v1/traces"),
            ("https://a.example/otlp", "https://a.example/otlp/v1/traces"),
            ("http://[::1]:4318/v1/traces", "http://[::1]:4318/v1/traces"),
        ] { #expect(try endpoint(given) == wanted) }
    }

    @Test func theOptionComesBeforeTheVariables() throws {
        let standard = ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://standard:1"]
        #expect(try endpoint() == nil)
        #expect(try endpoint(nil, [:], ["OTEL_EXPORTER_OTLP_ENDPOINT": ""]) == nil)
        #expect(try endpoint(nil, [:], standard) == "http://standard:1/v1/traces")
        let own = ["TILEWORK_OTLP_ENDPOINT": "http://own:1"]
        #expect(try endpoint(nil, own, standard) == "http://own:1/v1/traces")
        #expect(try endpoint("http://given:1", own, standard) == "http://given:1/v1/traces")
    }

    @Test(arguments: ["127.0.0.1:4318", "ftp://a", "http://", "http://a/?b=c", "grpc://a:4317"])
    func nonsenseIsRefused(_ text: String) {
        #expect(throws: SettingsError.self) { try endpoint(text) }
        #expect(throws: SettingsError.self) { try endpoint(nil, [:], ["OTEL_EXPORTER_OTLP_ENDPOINT": text]) }
    }

    @Test func ratios() throws {
        func ratio(_ given: Double?, _ variables: [String: String] = [:]) throws -> Double {
            try TracingSettings.sampler(given, EnvironmentSettings(variables)).ratio
        }
        #expect(try ratio(nil) == 1 && ratio(0.25) == 0.25)
        #expect(try ratio(nil, ["TILEWORK_TRACE_RATIO": "0.5"]) == 0.5)
        for wrong in [-0.1, 1.1, .nan] { #expect(throws: SettingsError.self) { try ratio(wrong) } }
        #expect(throws: SettingsError.self) { try ratio(nil, ["TILEWORK_TRACE_RATIO": "much"]) }
    }
}
