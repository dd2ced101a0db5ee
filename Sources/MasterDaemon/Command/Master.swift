import Foundation
import Logging
import ServiceLifecycle
import TileCore

/// Composes the parts of the service. The servers that clients connect to are in `ServeCommand`.
struct Master: Sendable {
    let service: JobService
    let views: ViewMaker
    let cluster: KafkaCluster
    let telemetry: Telemetry
    /// In start order. They end in reverse order.
    let services: [any Service]
    private let disk: DiskPool
    private let viewDisk: DiskPool
    private let tileDisk: DiskPool
    private let tidyDisk: DiskPool
    private let codecs: CodecProcesses
    private let directory: DirectoryLock

    /// Opens the data directory and the database, and creates the clients of the cluster. The cluster may be offline.
    /// - Parameter hasExpired: called with each finished job that the retention policy removes.
    /// - Throws: `ServiceError` or `KafkaError` whose reason says what to do.
    init(
        settings: MasterSettings, logger: Logger, hasExpired: @escaping @Sendable (JobID) -> Void = { _ in }
    ) async throws {
        let files = JobFiles(root: URL(filePath: settings.dataDirectory))
        directory = try DirectoryLock(files: files)
        // In this order, because only a readable database tells which files belong to jobs.
        try files.checkDatabaseIsThere()
        let store = try Store(path: files.database)
        files.removeStrays(keeping: Set(try await store.allJobIDs()))
        for job in files.jobsWithCanvases() where try await store.job(job)?.status == .completed {
            files.removeCanvases(job)
        }
        let cores = ProcessInfo.processInfo.activeProcessorCount
        disk = DiskPool(threads: max(4, 2 * cores))
        viewDisk = DiskPool(threads: max(2, cores / 2))
        // Work on tiles is short, and must not wait behind a codec or the removal of a large file.
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
        // An embedded broker is always available.
        if settings.cluster.brokers == nil { _ = try await cluster.enter() }
        // A codec process ends with the thread that has started it. The pool's threads live as long as the master.
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
        // The exporter starts first, so that it sends spans until all other parts have ended. The entrance, which claims
        // the topic of results, ends just before it.
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

    /// Closes the resources of the services. Call it after all of them have ended.
    func close() async {
        codecs.close()
        await cluster.close()
        await disk.close()
        await viewDisk.close()
        await tileDisk.close()
        await tidyDisk.close()
    }
}
