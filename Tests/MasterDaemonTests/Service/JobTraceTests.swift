import GRDB
import Logging
import Synchronization
import Testing
import Tracing

@testable import MasterDaemon
@testable import TileCore

/// The log lines and spans of a job name the request that created it.
@Suite(.timeLimit(.minutes(10))) struct JobTraceTests {
    private let ended = EndedSpans()
    private let log = LogLines()

    private func context(of request: String, sampled: Bool = true) throws -> ServiceContext {
        var context = ServiceContext.topLevel
        context.requestID = request
        context.trace = try #require(
            TraceContext(parent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0\(sampled ? 1 : 0)"))
        return context
    }

    @Test func linesOfAJobNameItsRequest() async throws {
        let bench = try ServiceBench(logger: log.logger)
        try await bench.running { service in
            let first = try await ServiceContext.withValue(context(of: "r-1", sampled: false)) {
                try await bench.submit(1)
            }
            let second = try await ServiceContext.withValue(context(of: "r-2", sampled: false)) {
                try await bench.submit(2)
            }
            for job in [first, second] { await service.runner.settled(job.jobID) }
            for (job, request) in [(first, "r-1"), (second, "r-2")] {
                let lines = log.lines.filter { $0.contains("\(job.jobID)") }
                #expect(
                    lines.count == 2 && lines.contains { $0.contains("accepted") }
                        && lines.contains { $0.contains("completed") })
                #expect(lines.allSatisfy { $0.contains("request=\(request)") }, "\(lines)")
            }
        }
    }

    @Test func theStagesOfAJobAreSpans() async throws {
        let bench = try ServiceBench(tracer: ended.tracer)
        let count = try await bench.running { service in
            let job = try await ServiceContext.withValue(context(of: "r-1")) {
                try await bench.submit(transforms: "blur:ksize=9,invert")
            }
            await service.runner.settled(job.jobID)
            return job.tileCount
        }
        let job = try #require(ended.named("job").first)
        #expect(job.parentID == "00f067aa0ba902b7" && job.context.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(job.attributes.get(SpanKey.outcome) == .string("completed") && job.status == nil)
        #expect(job.attributes.get(SpanKey.request) == .string("r-1"))
        for name in ["decode", "pass", "encode", "commit"] {
            let stage = try #require(ended.named(name).first, "\(name)")
            #expect(stage.parentID == job.context.spanID, "\(name)")
            #expect(stage.start >= job.start && stage.end <= job.end, "\(name)")
        }
        let (pass, tiles) = (try #require(ended.named("pass").first), ended.named("tile"))
        #expect(tiles.count == count && pass.attributes.get(SpanKey.tiles) == .int64(Int64(count)))
        #expect(tiles.allSatisfy { $0.parentID == pass.context.spanID && $0.kind == .producer })
        #expect(Set(tiles.compactMap { $0.attributes.get(SpanKey.tile).map { "\($0)" } }).count == count)
        #expect(tiles.allSatisfy { $0.attributes.get(SpanKey.outcome) == .string("accepted") })
    }

    @Test func aJobThatFailsSaysWhyInItsSpan() async throws {
        let bench = try ServiceBench(tracer: ended.tracer, codecs: { UnableCodecs(codecs: $0) })
        try await bench.running { service in
            let job = try await ServiceContext.withValue(context(of: "r-1")) { try await bench.submit() }
            await service.runner.settled(job.jobID)
        }
        let job = try #require(ended.named("job").first)
        #expect(job.status?.code == .error && job.status?.message?.contains("no such decoder") == true)
        #expect(ended.named("decode").first?.status?.code == .error)
    }

    /// The row stores the job's trace.
    @Test func aJobGoesOnInItsTraceAfterARestart() async throws {
        let bench = try ServiceBench()
        let id = try await bench.running { service in
            let job = try await ServiceContext.withValue(context(of: "r-1")) { try await bench.submit() }
            await service.runner.settled(job.jobID)
            // Leaves the job as a killed master does.
            try await service.store.pool.write { database in
                try database.execute(
                    sql: """
                        UPDATE jobs SET status = 'processing', output_path = NULL, output_bytes = NULL, finished_at = NULL;
                        UPDATE tiles SET status = 'pending';
                        """)
            }
            return job.jobID
        }
        let next = try ServiceBench(folder: bench.folder, tracer: ended.tracer, logger: log.logger)
        try await next.running { service in
            let job = try await service.job(id, finalWithin: .seconds(60))
            #expect(job.status == .completed)
            await service.runner.settled(id)
        }
        let run = try #require(ended.named("job").last)
        #expect(run.parentID == "00f067aa0ba902b7" && run.attributes.get(SpanKey.generation) == .int64(2))
        #expect(log.lines.contains { $0.contains("completed") && $0.contains("request=r-1") })
    }

    @Test func withoutATraceThereAreNoSpans() async throws {
        let bench = try ServiceBench(tracer: ended.tracer)
        try await bench.running { service in
            let job = try await ServiceContext.withValue(context(of: "r-1", sampled: false)) {
                try await bench.submit()
            }
            await service.runner.settled(job.jobID)
        }
        #expect(ended.spans.isEmpty)
    }

    @Test func theTimesOfAJobsStagesAreCounted() async throws {
        let registry = MasterMetrics.registry()
        let stages = StageMeter(registry)
        let bench = try ServiceBench(stages: stages)
        try await bench.running { service in
            let job = try await bench.submit()
            await service.runner.settled(job.jobID)
        }
        #expect(stages[.queue].count == 1 && stages[.commit].count == 1)
        #expect(stages[.queue].cpu == nil && stages[.commit].bytes > 0)
        let family = try #require(registry.families().first { $0.name == MasterMetrics.jobDuration })
        #expect(family.samples.last?.value == 1)
        #expect(family.samples.last?.labels == [MetricFamily.Label("status", "completed")])
    }
}

/// Codecs that cannot read pixels.
private struct UnableCodecs: ForwardingCodecs {
    let codecs: DirectCodecs

    func decode(
        _ source: String, _ options: JobOptions, into canvas: Canvas, overviews: OverviewFile?,
        until isCancelled: () -> Bool, progress: (Int) -> Void
    ) throws -> [String] {
        throw ImagingError(.undecodable, "no such decoder")
    }
}

/// Spans that have ended.
final class EndedSpans: Sendable {
    private let list = Mutex<[FinishedSpan]>([])

    var spans: [FinishedSpan] { list.withLock { $0 } }

    func named(_ name: String) -> [FinishedSpan] { spans.filter { $0.name == name } }

    var tracer: TileworkTracer {
        TileworkTracer(sampler: TraceSampler()) { [self] span in list.withLock { $0.append(span) } }
    }
}
