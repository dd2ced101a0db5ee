import TileCore
import Tracing

/// What the log lines and spans of a run are about: the request that has made the job, and the run's own span.
struct JobScope: Sendable {
    let context: ServiceContext
    private let span: any Span

    /// - Parameter begin: of the run.
    init(of job: JobRecord, run: JobMachine.Run, tracer: any Tracer, begin: DefaultTracerClock.Timestamp) {
        var parent = ServiceContext.topLevel
        parent.requestID = job.requestID
        parent.trace = job.traceParent.flatMap { TraceContext(parent: $0) }
        span = tracer.startSpan("job", context: parent, ofKind: .internal, at: begin)
        context = span.context
        guard span.isRecording else { return }
        span.updateAttributes { attributes in
            attributes[SpanKey.job] = "\(job.jobID)"
            attributes[SpanKey.generation] = run.generation
            attributes[SpanKey.transforms] = job.transforms
            attributes[SpanKey.width] = job.width
            attributes[SpanKey.height] = job.height
            attributes[SpanKey.tiles] = job.tileCount
            attributes[SpanKey.request] = job.requestID
        }
    }

    /// The run comes to its end, unless there is another step.
    func end(with outcome: JobMachine.Outcome) {
        switch outcome {
        case .rendered: return
        case .done: span.attributes[SpanKey.outcome] = "completed"
        case .cancelled: span.attributes[SpanKey.outcome] = "cancelled"
        case .blocked(let error):
            span.attributes[SpanKey.outcome] = "blocked"
            span.setStatus(SpanStatus(code: .error, message: error.reason))
        case .failed(let reason):
            span.attributes[SpanKey.outcome] = "failed"
            span.setStatus(SpanStatus(code: .error, message: reason))
        }
        span.end()
    }

    /// The run has ended, however.
    func end() { span.end() }
}
