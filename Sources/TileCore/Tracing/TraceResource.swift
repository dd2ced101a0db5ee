/// Who sends spans, by OpenTelemetry's names.
public struct TraceResource: Sendable {
    let version: String
    let attributes: [String: String]

    /// - Parameters:
    ///   - service: as in `tilework-master`.
    ///   - instance: tells processes of one service apart.
    public init(service: String, instance: String, host: String) {
        version = TileworkVersion.current
        attributes = [
            "service.name": service, "service.version": version, "service.instance.id": instance, "host.name": host,
        ]
    }
}
