import Foundation
import Logging
import ServiceLifecycle
import TileCore

/// The service's parts, put together. Everything but the doors is here.
struct Master: Sendable {
    let service: JobService
    let views: ViewMaker
    let cluster: KafkaCluster
    let telemetry: Telemetry
    /// In the order of their start; they end in the reverse order.
    let services: [any Service]
    private let disk: DiskPool
    private let viewDisk: DiskPool
    private let tileDisk: DiskPool
    private let tidyDisk: DiskPool
    private let codecs: CodecProcesses
    private let directory: DirectoryLock

    /// Opens the data directory and the database, and makes the clients of the cluster, which may come later.
    /// - Parameter hasExpired: called with each finished job that was removed by the policy.
    /// - Throws: `ServiceError` or `KafkaError` with what to do about it.
    init(
        settings: MasterSettings, logger: Logger, hasExpired: @escaping @Sendable (JobID) -> Void = { _ in }
    ) async throws {
        let files = JobFiles(root: URL(filePath: settings.dataDirectory))
        directory = try DirectoryLock(files: files)
        // In this order: what jobs own is known only from a database that could be read.
        try files.checkDatabaseIsThere()
        let store = try Store(path: files.database)
        files.removeStrays(keeping: Set(try await store.allJobIDs()))
        for job in files.jobsWithCanvases() where try await store.job(job)?.status == .completed {
            files.removeCanvases(job)
        }
        let cores = ProcessInfo.processInfo.activeProcessorCount
        disk = DiskPool(threads: max(4, 2 * cores))
        viewDisk = DiskPool(threads: max(2, cores / 2))
        // Tiles are short work, and must not wait behind a codec or the removal of a large file.
        tileDisk = DiskPool(threads: max(2, cores / 2))
        tidyDisk = DiskPool(threads: 1)
        var telemetry = Telemetry(settings.tracing, logger: logger)
        let (stages, tracer) = (telemetry.stages, telemetry.tracer)
        codecs = CodecProcesses(
            program: settings.codecProgram, codecThreads: settings.limits.codecThreads,
            scratchFolder: files.scratch, stages: stages, logger: logger)
        let cluster = try await KafkaCluster(
            settings: settings.cluster, canvases: settings.cluster.lendsCanvases ? files.canvases : nil,
            disk: tileDisk, stages: stages, tracer: tracer, logger: logger)
        self.cluster = cluster
        // A broker of its own is there.
        if settings.cluster.brokers == nil { _ = try await cluster.enter() }
        // On threads that last as long as the master: codec processes end with theirs.
        try await disk.run { [codecs] in try codecs.start() }
        let journal = TileJournal(store: store, logger: logger)
        let dispatcher = Dispatcher(
            partitions: cluster.entry.partitions?.tasks ?? 0, limits: cluster.limits, transport: cluster.transport,
            log: journal, stages: stages, tracer: tracer, logger: logger)
        service = JobService(
            store: store, files: files, intake: Intake(limits: settings.limits, codecs: codecs),
            dispatcher: dispatcher, journal: journal, codecs: codecs, disk: disk,
            viewDisk: viewDisk, tidyDisk: tidyDisk, stages: stages, tracer: tracer, logger: logger)
        let collector = ResultCollector(
            transport: cluster.transport, dispatcher: dispatcher, log: journal, disk: tileDisk, stages: stages,
            logger: logger)
        let fleet = cluster.fleet(observer: dispatcher, store: store)
        let health = try cluster.health(store: store)
        views = ViewMaker(
            service: service, fleet: fleet, health: health, stages: stages,
            awaitsWorkers: settings.cluster.localWorkers > 0)
        let lag = try cluster.lag()
        telemetry.metrics.lags = { lag.lags }
        telemetry.metrics.kafkaErrors = { cluster.errors }
        telemetry.metrics.codecs = { [codecs] in codecs.use.figures }
        self.telemetry = telemetry
        // Spans are sent until all else has ended, and of that the claim of the topic of results ends last.
        var services: [any Service] = telemetry.exporter.map { [$0] } ?? []
        services.append(cluster.entrance(observer: dispatcher))
        services += [lag, cluster.deadLetters, journal, collector, dispatcher, fleet, health, service.views]
        services += try cluster.services(observer: dispatcher, fleet: fleet) { try files.writeClientProperties($0) }
        if !settings.retention.isOff {
            services.append(
                Retention(policy: settings.retention, service: service, hasExpired: hasExpired, logger: logger))
        }
        services.append(service.runner)
        self.services = services
    }

    /// Ends what the services have used. Call it after they have ended.
    func close() async {
        codecs.close()
        await cluster.close()
        await disk.close()
        await viewDisk.close()
        await tileDisk.close()
        await tidyDisk.close()
    }
}
