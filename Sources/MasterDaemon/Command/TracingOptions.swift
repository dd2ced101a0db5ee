import ArgumentParser
import Foundation
import TileCore

/// The options of traces.
struct TracingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where a collector of OpenTelemetry takes traces as JSON, as in http://127.0.0.1:4318; by default there are none. "
                + "(TILEWORK_OTLP_ENDPOINT, or OTEL_EXPORTER_OTLP_ENDPOINT)", valueName: "url"))
    var otlpEndpoint: String?

    @Option(
        help: ArgumentHelp(
            "The share of requests whose traces are recorded, 0 to 1; those that come with a trace have decided. "
                + "(TILEWORK_TRACE_RATIO; default 1)", valueName: "number"))
    var traceRatio: Double?

    /// - Returns: `nil` if there are to be no traces.
    func settings(
        _ environment: EnvironmentSettings, others: [String: String] = ProcessInfo.processInfo.environment
    ) throws(SettingsError) -> TracingSettings? {
        let sampler = try TracingSettings.sampler(traceRatio, environment)
        return try TracingSettings.endpoint(otlpEndpoint, environment, others: others)
            .map { TracingSettings(endpoint: $0, sampler: sampler) }
    }
}
