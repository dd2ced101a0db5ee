public import Logging
public import ServiceContextModule

/// What log lines and spans are about, which goes along with tasks (`ServiceContext.current`).
extension ServiceContext {
    private enum TraceKey: ServiceContextKey { typealias Value = TraceContext }
    private enum RequestKey: ServiceContextKey { typealias Value = String }

    /// The span under way.
    public var trace: TraceContext? {
        get { self[TraceKey.self] }
        set { self[TraceKey.self] = newValue }
    }

    /// The id of the request that has caused this.
    public var requestID: String? {
        get { self[RequestKey.self] }
        set { self[RequestKey.self] = newValue }
    }

    /// For log lines.
    public static let metadataProvider = Logger.MetadataProvider {
        guard let context = ServiceContext.current else { return [:] }
        var metadata: Logger.Metadata = [:]
        if let request = context.requestID { metadata[LogKey.request] = "\(request)" }
        // Nobody can look for one that is not recorded.
        if let trace = context.trace, trace.isSampled { metadata[LogKey.trace] = "\(trace.traceID)" }
        return metadata
    }
}
