import Logging
import Synchronization
import Testing
import Tracing

@testable import TileCore

@Suite struct TileworkTracerTests {
    /// Records the ended spans.
    private final class Ended: Sendable {
        private let list = Mutex<[FinishedSpan]>([])
        var spans: [FinishedSpan] { list.withLock { $0 } }
        func add(_ span: FinishedSpan) { list.withLock { $0.append(span) } }
    }

    private struct Fields: Extractor, Injector {
        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
    }

    private func tracer(_ ended: Ended, ratio: Double = 1) -> TileworkTracer {
        TileworkTracer(sampler: TraceSampler(ratio: ratio)) { ended.add($0) }
    }

    @Test func spansHaveTheirParents() async throws {
        let (ended, clock) = (Ended(), ContinuousClock())
        let tracer = tracer(ended)
        let start = DefaultTracerClock.now.nanosecondsSinceEpoch
        await tracer.withSpan("outer", ofKind: .server) { span in
            span.attributes["a"] = 1
            await tracer.withSpan("inner") { _ in await Task.yield() }
        }
        _ = clock
        let (inner, outer) = (ended.spans[0], ended.spans[1])
        #expect(inner.name == "inner" && outer.name == "outer" && outer.kind == .server)
        #expect(inner.parentID == outer.context.spanID && outer.parentID == nil)
        #expect(inner.context.traceID == outer.context.traceID)
        #expect(outer.start >= start && inner.start >= outer.start && outer.end >= inner.end)
        #expect(outer.attributes.get("a") == .int64(1))
    }

    @Test func errorsAreRecorded() throws {
        struct Failure: Error {}
        let ended = Ended()
        #expect(throws: Failure.self) { try tracer(ended).withSpan("x") { _ in throw Failure() } }
        let span = try #require(ended.spans.first)
        #expect(span.status?.code == .error)
        #expect(span.events.first?.name == "exception")
        #expect(span.events.first?.attributes.get("exception.type") == .string("Failure"))
    }

    @Test func anEndedSpanDoesNotChange() throws {
        let ended = Ended()
        let span = tracer(ended).startSpan("x")
        span.end()
        span.attributes["late"] = true
        span.end()
        #expect(ended.spans.count == 1 && ended.spans[0].attributes.isEmpty && !span.isRecording)
    }

    @Test func anEndIsNeverBeforeItsStart() throws {
        let ended = Ended()
        let span = tracer(ended).startSpan("x")
        span.end(at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: 1))
        #expect(ended.spans[0].end == ended.spans[0].start)
    }

    @Test func childrenOfAnUnrecordedSpanAreNotRecorded() throws {
        let ended = Ended()
        let tracer = tracer(ended, ratio: 0)
        tracer.withSpan("outer") { outer in
            #expect(!outer.isRecording)
            tracer.withSpan("inner") { inner in
                #expect(!inner.isRecording && inner.context.trace?.traceID == outer.context.trace?.traceID)
            }
        }
        #expect(ended.spans.isEmpty)
    }

    /// The sender of a trace has decided whether it is recorded.
    @Test(arguments: [true, false])
    func theParentDecides(_ isSampled: Bool) throws {
        let ended = Ended()
        let tracer = tracer(ended, ratio: isSampled ? 0 : 1)
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0\(isSampled ? 1 : 0)"
        var context = ServiceContext.topLevel
        tracer.extract(["traceparent": parent, "tracestate": "a=b"], into: &context, using: Fields())
        let span = tracer.startSpan("x", context: context)
        var carrier: [String: String] = [:]
        tracer.inject(span.context, into: &carrier, using: Fields())
        #expect(carrier["traceparent"] == span.context.trace?.parent && carrier["tracestate"] == "a=b")
        #expect(carrier["traceparent"]?.hasPrefix(parent.prefix(36)) == true && carrier["traceparent"] != parent)
        span.end()
        #expect(ended.spans.map(\.parentID) == (isSampled ? ["00f067aa0ba902b7"] : []))
    }

    @Test func anInvalidHeaderBeginsANewTrace() throws {
        let ended = Ended()
        let tracer = tracer(ended)
        var context = ServiceContext.topLevel
        tracer.extract(["traceparent": "00-nonsense"], into: &context, using: Fields())
        #expect(context.trace == nil)
        tracer.startSpan("x", context: context).end()
        #expect(ended.spans[0].parentID == nil)
    }

    @Test func logLinesNameTheRequestAndTheTrace() throws {
        let ended = Ended()
        var context = ServiceContext.topLevel
        context.requestID = "r-1"
        #expect(ServiceContext.metadataProvider.get().isEmpty)
        try tracer(ended).withSpan("x", context: context) { span in
            let trace = try #require(span.context.trace)
            #expect(
                ServiceContext.metadataProvider.get() == [
                    LogKey.request: "r-1", LogKey.trace: .string(trace.traceID),
                ])
        }
        tracer(ended, ratio: 0).withSpan("x", context: context) { _ in
            #expect(ServiceContext.metadataProvider.get() == [LogKey.request: "r-1"])
        }
    }
}
