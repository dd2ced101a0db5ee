import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import Testing
import TileCodecs
import TileCore
import Tracing

@testable import MasterDaemon

/// The real service in its own folder, with the in-process transport, so without broker and workers.
final class ServiceBench: Sendable {
    let folder: TestFolder
    let service: JobService
    let transport: HeldTransport
    private let disk = DiskPool(threads: 4)
    private let journal: TileJournal
    private let collector: ResultCollector
    private let limits: IntakeLimits

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// - Parameters:
    ///   - folder: the folder of an earlier bench, to resume its jobs.
    ///   - overviewArea: the least area of an image that gets overviews, in pixels.
    ///   - codecs: makes the service's codecs from the ordinary ones.
    init(
        folder: TestFolder? = nil, tileSize: Int = 64,
        overviewArea: Int = Overviews.leastArea, sweepInterval: Duration = .seconds(30),
        stages: StageMeter = StageMeter(), tracer: any Tracer = NoOpTracer(), logger: Logger = quiet,
        codecs replacing: (DirectCodecs) -> any ImageCodecs = { $0 }
    ) throws {
        let folder = try folder ?? TestFolder()
        self.folder = folder
        let files = JobFiles(root: folder.url)
        try files.prepare()
        let store = try Store(path: files.database)
        var limits = IntakeLimits()
        limits.minimumSide = 1
        limits.tileSize = tileSize
        self.limits = limits
        let transport = HeldTransport()
        self.transport = transport
        journal = TileJournal(store: store, logger: Self.quiet)
        let dispatcher = Dispatcher(
            partitions: 1, limits: InProcessTransport.limits(threads: 2), transport: transport, log: journal,
            tracer: tracer, logger: Self.quiet)
        collector = ResultCollector(
            transport: transport, dispatcher: dispatcher, log: journal, disk: disk, logger: Self.quiet)
        let codecs = replacing(DirectCodecs(scratchFolder: files.scratch))
        service = JobService(
            store: store, files: files, intake: Intake(limits: limits, codecs: codecs), dispatcher: dispatcher,
            journal: journal, codecs: codecs, disk: disk, viewDisk: disk, tidyDisk: disk,
            overviewArea: overviewArea, sweepInterval: sweepInterval, stages: stages, tracer: tracer,
            logger: logger)
    }

    /// Runs the service while `body` runs, then shuts it down gracefully.
    func running<R: Sendable>(_ body: (JobService) async throws -> R) async throws -> R {
        let group = ServiceGroup(
            services: [journal, collector, service.dispatcher, service.runner], logger: Self.quiet)
        async let end: Void = group.run()
        let result: Result<R, any Error>
        do {
            result = .success(try await body(service))
        } catch {
            result = .failure(error)
        }
        transport.release()
        await group.triggerGracefulShutdown()
        try await end
        await disk.close()
        return try result.get()
    }

    /// Accepts an image that differs with `number`.
    func submit(_ number: Int = 0, transforms: String = "blur:ksize=9", side: Int = 150) async throws -> JobRecord {
        let id = JobID.make()
        try Self.image(number, side).write(to: URL(filePath: service.files.source(id)))
        return try await service.submit(
            id,
            JobRequest(filename: "a.png") { ["transforms": transforms, "format": "png"][$0] })
    }

    static func image(_ number: Int, _ side: Int) throws -> Data {
        let size = PixelSize(width: side, height: side - 20)
        let bytes = (0..<size.area * 3).map { UInt8(truncatingIfNeeded: ($0 * (31 + number)) ^ ($0 >> 7)) }
        let pixels = PixelBuffer(adopting: OwnedBytes(copying: bytes), size: size, format: .bgr(.eight))
        return Data(try pixels.png())
    }

    /// Whether the job's result equals its steps on the whole image.
    func isRight(_ job: JobRecord) throws -> Bool {
        guard let output = job.outputPath else { return false }
        let source = try pixels(ofFile: service.files.source(job.jobID))
        let expected = try Pipeline(parsing: job.transforms).apply(to: source, inner: TileRegion(whole: source.size))
        return try pixels(ofFile: service.files.path(output)).hasSamePixels(as: expected)
    }

    /// The paths of the files of jobs, such as `uploads/…`.
    var jobFiles: Set<String> { folder.contents.filter { $0.contains("/") && !$0.hasPrefix("canvas/spare") } }
}

/// The in-process transport, whose results a test can hold back.
final class HeldTransport: TileTransport {
    private struct State {
        var isHolding = false
        var sent = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
        var watching: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let inner = InProcessTransport(threads: 2)
    private let state = Mutex(State())

    /// The number of sent tiles.
    var sent: Int { state.withLock { $0.sent } }

    func hold() { state.withLock { $0.isHolding = true } }

    func release() {
        let waiting = state.withLock { state in
            state.isHolding = false
            defer { state.waiting = [] }
            return state.waiting
        }
        waiting.forEach { $0.resume() }
    }

    /// Returns once this many tiles were sent.
    func waitUntilSent(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.sent >= count { return true }
                state.watching.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    func send(_ dispatch: Scheduler.Dispatch, of order: PassOrder) async throws(TransportError) {
        let reached = state.withLock { state in
            state.sent += 1
            let reached = state.watching.filter { $0.count <= state.sent }
            state.watching.removeAll { $0.count <= state.sent }
            return reached
        }
        reached.forEach { $0.continuation.resume() }
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                if state.isHolding { state.waiting.append(continuation) }
                return state.isHolding
            }
            if !isHeld { continuation.resume() }
        }
        try await inner.send(dispatch, of: order)
    }

    func nextResult() async -> (any TileDelivery)? { await inner.nextResult() }

    func close() async { await inner.close() }
}
