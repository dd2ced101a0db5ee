import TileCore
import Tracing

/// The context of a run's log lines and spans: the request that created the job, and the run's span.
struct JobScope: Sendable {
    let context: ServiceContext
    private let span: any Span

    /// - Parameter begin: the time at which the run began.
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

    /// Ends the span with the outcome of a step, unless another step follows.
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

    /// Ends the span, whatever the outcome.
    func end() { span.end() }
}
