public import Logging
public import ServiceContextModule

/// The context of log lines and spans, which tasks inherit (`ServiceContext.current`).
extension ServiceContext {
    private enum TraceKey: ServiceContextKey { typealias Value = TraceContext }
    private enum RequestKey: ServiceContextKey { typealias Value = String }

    /// The current span.
    public var trace: TraceContext? {
        get { self[TraceKey.self] }
        set { self[TraceKey.self] = newValue }
    }

    /// The id of the HTTP request that caused the current work.
    public var requestID: String? {
        get { self[RequestKey.self] }
        set { self[RequestKey.self] = newValue }
    }

    /// Adds the ids of the request and the trace to log lines.
    public static let metadataProvider = Logger.MetadataProvider {
        guard let context = ServiceContext.current else { return [:] }
        var metadata: Logger.Metadata = [:]
        if let request = context.requestID { metadata[LogKey.request] = "\(request)" }
        // Unrecorded traces are left out, because they cannot be looked up.
        if let trace = context.trace, trace.isSampled { metadata[LogKey.trace] = "\(trace.traceID)" }
        return metadata
    }
}
