import Logging
import ServiceLifecycle
import TileCore
import Tracing

/// What a worker tells of itself to those who look from outside: figures and spans, if somebody takes them.
struct WorkerTelemetry: Sendable {
    let metrics: WorkerMetrics
    let tracer: any Tracer
    /// What serves and sends them; it ends after the work.
    let services: [any Service]

    init(_ settings: WorkerSettings, host: String, logger: Logger) {
        let exporter = settings.traceEndpoint.map { endpoint in
            TraceExporter(
                SmallTraceReceiver(endpoint: endpoint, trust: settings.trust),
                from: TraceResource(service: "tilework-worker", instance: settings.id, host: host), logger: logger)
        }
        // Traces begin with the master: what a record says of its trace decides.
        tracer = exporter.map { TileworkTracer(sampler: TraceSampler(ratio: 0), exporter: $0) } ?? NoOpTracer()
        metrics = WorkerMetrics(slots: settings.threads, isOn: settings.metrics != nil) { exporter?.counts }
        var services: [any Service] = exporter.map { [$0] } ?? []
        if let place = settings.metrics {
            services.append(MetricsServer(place: place, metrics: metrics, logger: logger))
        }
        self.services = services
    }

    /// For tests: nobody looks.
    init() {
        metrics = WorkerMetrics(slots: 1, isOn: false)
        tracer = NoOpTracer()
        services = []
    }
}
