import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import TileCodecs
import TileCore

/// Processes image files tile by tile. Decoding, the passes of a dispatcher and encoding run at the same time, in this
/// process or on a cluster.
struct TileProcessor: ImageProcessor {
    private let intake: Intake
    private let dispatcher: Dispatcher
    private let log: TileCounter
    private let disk: DiskPool
    private let codecs: DirectCodecs
    /// The memory that all images in progress may take together: half of the machine's. A larger image runs alone.
    private let memory = AsyncBudget(Int(clamping: ProcessInfo.processInfo.physicalMemory / 2))
    /// Limits the number of images with a result in a ring. Such an image is encoded while it is decoded, so it takes
    /// its place before decoding begins. There are as many places as for encoders and early encoders together.
    private let ringPlaces = AsyncSemaphore(places: 2 * ProcessInfo.processInfo.activeProcessorCount)
    /// The folder for images that do not fit into memory.
    private let folder: String
    /// How many tiles are in flight in this process; `nil` if tiles go through a cluster, which needs whole images.
    private let tilesInFlight: Int?

    /// Gives `body` a processor that transforms tiles on threads of this process.
    static func inProcess<R: Sendable>(
        _ limits: IntakeLimits, logger: Logger, _ body: @escaping @Sendable (TileProcessor) async throws -> R
    ) async throws -> R {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let schedulerLimits = InProcessTransport.limits(threads: cores)
        return try await with(
            InProcessTransport(threads: cores), schedulerLimits, partitions: 1, limits,
            tilesInFlight: schedulerLimits.minimumTiles, disk: DiskPool(threads: 2 * cores), logger: logger
        ) { _ in
            []
        } body: {
            try await body($0)
        }
    }

    /// Gives `body` a processor that sends tiles to the workers of a cluster.
    /// - Parameter properties: writes the clients' properties to a file for this process's own workers, and returns its
    ///   path.
    static func onCluster<R: Sendable>(
        _ settings: ClusterSettings, _ limits: IntakeLimits, logger: Logger,
        properties: @escaping @Sendable ([String: String]) throws -> String?,
        _ body: @escaping @Sendable (TileProcessor) async throws -> R
    ) async throws -> R {
        let disk = DiskPool(threads: 2 * ProcessInfo.processInfo.activeProcessorCount)
        let cluster = try await KafkaCluster(settings: settings, disk: disk, logger: logger)
        // A user waits for the command, so an unreachable cluster is an error.
        let partitions = try await cluster.enter()
        let result: Result<R, any Error>
        do {
            result = .success(
                try await with(
                    cluster.transport, cluster.limits, partitions: partitions.tasks, limits,
                    tilesInFlight: nil, disk: disk, logger: logger
                ) { dispatcher in
                    let fleet = cluster.fleet(observer: dispatcher, store: nil)
                    let others = try cluster.services(observer: dispatcher, fleet: fleet, properties: properties)
                    // The health service logs brokers that do not answer.
                    let health = try cluster.health(store: nil)
                    return [cluster.entrance(observer: dispatcher), cluster.deadLetters, fleet, health] + others
                } body: {
                    try await body($0)
                })
        } catch {
            result = .failure(error)
        }
        await cluster.close()
        return try result.get()
    }

    /// Starts the services, and ends them in order after `body`.
    private static func with<R: Sendable>(
        _ transport: any TileTransport, _ schedulerLimits: Scheduler.Limits, partitions: Int, _ limits: IntakeLimits,
        tilesInFlight: Int?, disk: DiskPool, logger: Logger, services: (Dispatcher) throws -> [any Service],
        body: @escaping @Sendable (TileProcessor) async throws -> R
    ) async throws -> R {
        let log = TileCounter()
        let dispatcher = Dispatcher(
            partitions: partitions, limits: schedulerLimits, transport: transport, log: log, logger: logger)
        let collector = ResultCollector(
            transport: transport, dispatcher: dispatcher, log: log, disk: disk, logger: logger)
        let folder = FileManager.default.temporaryDirectory.path
        let codecs = DirectCodecs(scratchFolder: folder, codecThreads: limits.codecThreads)
        let processor = TileProcessor(
            intake: Intake(limits: limits, codecs: codecs), dispatcher: dispatcher, log: log, disk: disk,
            codecs: codecs, folder: folder, tilesInFlight: tilesInFlight)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: try (services(dispatcher) + [collector, dispatcher]).map {
                    .init(service: $0, failureTerminationBehavior: .gracefullyShutdownGroup)
                }, logger: QuietLog.logger("parts", logger.logLevel)))
        let parts = Task { try await group.run() }
        let work = Task { try await body(processor) }
        // If a service fails, tiles are no longer answered, so the work ends.
        let watch = Task {
            _ = await parts.result
            work.cancel()
        }
        let result = await withTaskCancellationHandler {
            await work.result
        } onCancel: {
            work.cancel()
        }
        watch.cancel()
        await group.triggerGracefulShutdown()
        let end = await parts.result
        await disk.close()
        if case .failure(let error) = end, !(error is CancellationError) { throw error }
        return try result.get()
    }

    func check(source: String, request: JobRequest) throws(ServiceError) {
        _ = try intake.admit(path: source, request: request)
    }

    func process(
        source: String, part: String, request: JobRequest,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
    ) async throws -> ProcessedImage {
        let admission = try await disk.run { [intake] in try intake.admit(path: source, request: request) }
        let storage = storage(of: admission, request)
        func processWithMemory() async throws -> ProcessedImage {
            try await memory.with(storage.bytes) {
                try await process(source, admission, storage, request, into: part, progress: progress)
            }
        }
        guard storage.hasRingOfResult else { return try await processWithMemory() }
        return try await ringPlaces.withPlace { try await processWithMemory() }
    }

    private func storage(of admission: Intake.Admission, _ request: JobRequest) -> ImageStorage {
        guard let tilesInFlight else { return .whole(admission.plan) }
        let encoding = request.options.encoding(admission.format, quality: request.quality)
        return .rings(
            admission.plan, source: admission.header, needsWholeResult: encoding.isPyramid,
            tilesInFlight: tilesInFlight)
    }

    private func process(
        _ source: String, _ admission: Intake.Admission, _ storage: ImageStorage, _ request: JobRequest,
        into part: String, progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
    ) async throws -> ProcessedImage {
        let (header, plan) = (admission.header, admission.plan)
        let run = JobMachine.Run(job: .make(), generation: 1)
        log.begin(run.job) { progress($0, plan.tileCount) }
        defer {
            log.end(run.job)
            Task { [dispatcher] in await dispatcher.forgetRate(run.job) }
        }
        progress(0, plan.tileCount)
        let encoder = ResultEncoder(
            pipeline: request.pipeline, format: admission.format, quality: request.quality,
            options: request.options)
        let images = TemporaryImages(plan: plan, storage: storage, folder: folder, disk: disk)
        let encodingNotes = try await Rendering(
            run: run, plan: plan, firstPass: 0, source: source, encoder: encoder, result: part, images: images,
            dispatcher: dispatcher, codecs: codecs, disk: disk
        ).perform()
        let decodingNotes = images.notes
        return ProcessedImage(
            size: header.size, tiles: plan.tileCount, sourceFormat: header.fileFormat, sourceBytes: admission.bytes,
            bytes: try await disk.run { try DurableFile.size(part) },
            notes: decodingNotes + encodingNotes.filter { !decodingNotes.contains($0) })
    }
}

/// Counts the completed tiles, for the progress.
private final class TileCounter: TileLog {
    private struct Watch {
        var done = 0
        let tell: @Sendable (Int) -> Void
    }

    private let watches = Mutex<[JobID: Watch]>([:])

    func begin(_ job: JobID, _ tell: @escaping @Sendable (Int) -> Void) {
        watches.withLock { $0[job] = Watch(tell: tell) }
    }

    func end(_ job: JobID) { watches.withLock { $0[job] = nil } }

    func append(_ changes: [TileChange], then: (@Sendable () -> Void)?) {
        then?()
        for change in changes where change.status == .completed {
            let watch = watches.withLock { watches in
                watches[change.tile.job]?.done += 1
                return watches[change.tile.job]
            }
            if let watch { watch.tell(watch.done) }
        }
    }

    /// Does nothing, because the command keeps no history of attempts.
    func append(_ end: AttemptEnd) {}
}
