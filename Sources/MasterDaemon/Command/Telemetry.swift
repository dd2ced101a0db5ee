import Foundation
import Logging
import TileCore
import Tracing

/// The master's metrics, and its spans if an endpoint for traces is set.
struct Telemetry: Sendable {
    var metrics = MetricsSources()
    let stages: StageMeter
    let tracer: any Tracer
    /// `nil` if tracing is off.
    let exporter: TraceExporter?

    init(_ tracing: TracingSettings?, logger: Logger) {
        stages = StageMeter(metrics.registry)
        exporter = tracing.map { tracing in
            let host = ProcessInfo.processInfo.hostName
            return TraceExporter(
                HTTPTraceReceiver(endpoint: tracing.endpoint),
                from: TraceResource(
                    service: "tilework-master", instance: "\(host)-\(ProcessInfo.processInfo.processIdentifier)",
                    host: host),
                logger: logger)
        }
        if let tracing, let exporter {
            tracer = TileworkTracer(sampler: tracing.sampler, exporter: exporter)
        } else {
            tracer = NoOpTracer()
        }
        metrics.spans = { [exporter] in exporter?.counts }
    }
}
