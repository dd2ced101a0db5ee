import Logging
import ServiceLifecycle
import TileCore
import Tracing

/// A worker's metrics and spans, if they are configured.
struct WorkerTelemetry: Sendable {
    let metrics: WorkerMetrics
    let tracer: any Tracer
    /// The services that serve metrics and send spans. They end after the work.
    let services: [any Service]

    init(_ settings: WorkerSettings, host: String, logger: Logger) {
        let exporter = settings.traceEndpoint.map { endpoint in
            TraceExporter(
                SmallTraceReceiver(endpoint: endpoint, trust: settings.trust),
                from: TraceResource(service: "tilework-worker", instance: settings.id, host: host), logger: logger)
        }
        // Traces begin at the master, so the worker samples none and follows the decision in each record.
        tracer = exporter.map { TileworkTracer(sampler: TraceSampler(ratio: 0), exporter: $0) } ?? NoOpTracer()
        metrics = WorkerMetrics(slots: settings.threads, isOn: settings.metrics != nil) { exporter?.counts }
        var services: [any Service] = exporter.map { [$0] } ?? []
        if let place = settings.metrics {
            services.append(MetricsServer(place: place, metrics: metrics, logger: logger))
        }
        self.services = services
    }

    /// Without metrics and spans, for tests.
    init() {
        metrics = WorkerMetrics(slots: 1, isOn: false)
        tracer = NoOpTracer()
        services = []
    }
}
