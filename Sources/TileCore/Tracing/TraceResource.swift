/// The process that sends spans, as OpenTelemetry's resource attributes.
public struct TraceResource: Sendable {
    let version: String
    let attributes: [String: String]

    /// - Parameters:
    ///   - service: as in `tilework-master`.
    ///   - instance: distinguishes processes of one service.
    public init(service: String, instance: String, host: String) {
        version = TileworkVersion.current
        attributes = [
            "service.name": service, "service.version": version, "service.instance.id": instance, "host.name": host,
        ]
    }
}
