import ArgumentParser
import Foundation
import TileCore

/// The command line's options for tracing.
struct TracingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The OpenTelemetry collector that gets traces as JSON, as in http://127.0.0.1:4318; by default none. "
                + "(TILEWORK_OTLP_ENDPOINT, or OTEL_EXPORTER_OTLP_ENDPOINT)", valueName: "url"))
    var otlpEndpoint: String?

    @Option(
        help: ArgumentHelp(
            "The share of requests that are traced, 0 to 1; a request with a trace of its own keeps its client's decision. "
                + "(TILEWORK_TRACE_RATIO; default 1)", valueName: "number"))
    var traceRatio: Double?

    /// - Returns: `nil` if tracing is off.
    func settings(
        _ environment: EnvironmentSettings, others: [String: String] = ProcessInfo.processInfo.environment
    ) throws(SettingsError) -> TracingSettings? {
        let sampler = try TracingSettings.sampler(traceRatio, environment)
        return try TracingSettings.endpoint(otlpEndpoint, environment, others: others)
            .map { TracingSettings(endpoint: $0, sampler: sampler) }
    }
}
