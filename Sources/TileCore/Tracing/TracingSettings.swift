public import Foundation

/// The endpoint for spans, and the sampler.
public struct TracingSettings: Sendable, Hashable {
    /// The address to post to.
    public let endpoint: URL
    public let sampler: TraceSampler

    public init(endpoint: URL, sampler: TraceSampler = TraceSampler()) {
        self.endpoint = endpoint
        self.sampler = sampler
    }

    /// The address of a collector from the option, its variable, or OpenTelemetry's variable. `/v1/traces` is appended
    /// unless the address already ends with it.
    /// - Parameters:
    ///   - given: the value of `--otlp-endpoint`.
    ///   - others: the whole environment.
    /// - Returns: `nil` if no collector is set.
    public static func endpoint(
        _ given: String?, _ environment: EnvironmentSettings, others: [String: String]
    ) throws(SettingsError) -> URL? {
        let own = try environment.text(given, "otlp-endpoint")
        let other = others["OTEL_EXPORTER_OTLP_ENDPOINT"].flatMap { $0.isEmpty ? nil : $0 }
        guard let text = own ?? other else { return nil }
        guard var url = URL(string: text), ["http", "https"].contains(url.scheme), url.host() != nil,
            url.query() == nil, url.fragment() == nil
        else {
            let option = own == nil ? "OTEL_EXPORTER_OTLP_ENDPOINT" : "--otlp-endpoint"
            throw SettingsError("\(option) is '\(text)'; it takes a URL like http://127.0.0.1:4318")
        }
        if !url.path().hasSuffix("/v1/traces") { url.append(path: "v1/traces") }
        return url
    }

    /// The sampler for new traces.
    /// - Parameter given: the value of `--trace-ratio`.
    public static func sampler(
        _ given: Double?, _ environment: EnvironmentSettings
    ) throws(SettingsError) -> TraceSampler {
        let ratio = try environment.value(given, "trace-ratio") { Double($0) } ?? 1
        guard (0...1).contains(ratio) else { throw SettingsError("--trace-ratio is \(ratio); it takes 0 to 1") }
        return TraceSampler(ratio: ratio)
    }
}
