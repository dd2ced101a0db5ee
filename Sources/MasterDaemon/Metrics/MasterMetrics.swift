import TileCore

/// The metrics that the master counts as events happen.
enum MasterMetrics {
    static let httpRequests = "tilework_http_requests_total"
    static let httpDuration = "tilework_http_request_duration_seconds"
    static let stageDuration = "tilework_stage_duration_seconds"
    static let jobDuration = "tilework_job_duration_seconds"

    static func registry() -> MetricsRegistry {
        MetricsRegistry([
            .init(httpRequests, .counter, "Requests that were answered, by method, route and status."),
            .init(
                httpDuration, .histogram, "Time from a request's header to its answer's header, by method and route."),
            .init(stageDuration, .histogram, "Time of each piece of work of a stage: a job, a file or a tile."),
            .init(jobDuration, .histogram, "Time from the acceptance of a job to its end, by what came of it."),
        ])
    }
}
