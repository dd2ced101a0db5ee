import ArgumentParser
import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import TileCore
import Tracing
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Take images over HTTP until SIGTERM or Ctrl-C.",
        discussion: """
            Without --brokers everything runs on this machine: an embedded broker and two local workers. Unfinished \
            jobs resume at the next start.

            Every option can be set in the environment instead, by the name in brackets. The variable of \
            --kafka-config holds all settings, separated by semicolons. TILEWORK_WORKER_MAIN is the path of worker-main \
            if it is not in the folder of this program. TILEWORK_WEB_DIR is a folder (Sources/MasterDaemon/Web) from \
            which the pages are read instead of from this program, for work on them.
            """)

    @OptionGroup(title: "Engine") var engine: EngineOptions
    @OptionGroup(title: "Topics") var topics: TopicOptions

    @Option(help: "The address to listen on. (TILEWORK_HOST; default 127.0.0.1)")
    var host: String?

    @Option(help: "The port to listen on; 0 picks one. (TILEWORK_PORT; default 5000)")
    var port: Int?

    @Option(
        help: ArgumentHelp(
            "The folder in which jobs are kept. (TILEWORK_DATA_DIR; default ./data)", valueName: "path"))
    var dataDir: String?

    @Option(
        help: "Workers to run on this machine. (TILEWORK_LOCAL_WORKERS; default 2, or 0 with --brokers)")
    var localWorkers: Int?

    @Option(
        help: ArgumentHelp(
            "Whether workers on this machine read and write tiles in the data directory; if not, all tiles go through "
                + "Kafka. (TILEWORK_LEND_CANVASES; default true)", valueName: "true|false"))
    var lendCanvases: Bool?

    @Option(help: "The shortest side of an image, in pixels. (TILEWORK_MIN_SIZE; default 1024)")
    var minSize: Int?

    @Option(help: "The maximum number of pixels of an image. (TILEWORK_MAX_PIXELS; default 500000000)")
    var maxPixels: Int?

    @Option(help: "The maximum size of an upload, in bytes. (TILEWORK_MAX_UPLOAD_BYTES; default 17179869184)")
    var maxUploadBytes: Int?

    @Option(help: "The maximum number of unfinished jobs. (TILEWORK_MAX_QUEUE; default 1000)")
    var maxQueue: Int?

    @Option(
        help: ArgumentHelp(
            "How long finished jobs are kept, as in 12h or 7d; by default until they are deleted. (TILEWORK_KEEP)",
            valueName: "time"))
    var keep: String?

    @Option(
        help: ArgumentHelp(
            "The maximum disk space for the files of all jobs, as in 20GB. Beyond it, the finished jobs that ended first "
                + "are removed. An image that alone needs more is refused. "
                + "(TILEWORK_MAX_STORAGE)", valueName: "bytes"))
    var maxStorage: String?

    @Option(
        help: ArgumentHelp(
            "An additional origin whose web pages may use the API, as in https://tiles.example.org; can be repeated. "
                + "(TILEWORK_ALLOW_ORIGIN, with commas between)", valueName: "origin"))
    var allowOrigin: [String] = []

    @OptionGroup(title: "Access") var access: AccessOptions
    @OptionGroup(title: "Connections") var connections: ConnectionOptions
    @OptionGroup(title: "Traces") var tracing: TracingOptions

    func run() async throws {
        try await CommandErrors.reporting {
            let environment = EnvironmentSettings()
            let plan = try plan(environment)
            LogOutput.bootstrap(
                level: plan.settings.logLevel, format: plan.settings.logFormat,
                provider: ServiceContext.metadataProvider)
            OpenFileLimit.raise()
            ProcessRights.keepToOwner()
            ImagingSetup.prepare()
            try await serve(plan, warnings: environment.warnings(besides: Self.otherVariables))
        }
    }

    /// The variables that other parts of the program read.
    static let otherVariables: Set = [
        "TILEWORK_WORKER_MAIN", "TILEWORK_FAULT_CODEC", "TILEWORK_FAULT_CODEC_SECONDS",
    ]

    /// Combines the options and the environment.
    /// - Throws: `SettingsError` for an invalid setting.
    func plan(_ environment: EnvironmentSettings) throws -> ServePlan {
        let settings = try settings(environment)
        let host = try environment.text(host, "host") ?? "127.0.0.1"
        let port = try environment.integer(port, "port", default: 5000, in: 0...65535)
        return ServePlan(
            settings: settings, host: host, port: port,
            access: try AccessSettings(access, host: host, environment: environment),
            origins: try OriginRule(others: environment.names(allowOrigin, "allow-origin")),
            connections: try ConnectionSettings(connections, port: port, environment: environment),
            webFolder: try environment.text(nil, "web-dir"))
    }

    private func settings(_ environment: EnvironmentSettings) throws -> MasterSettings {
        var limits = IntakeLimits()
        limits.minimumSide = try environment.integer(
            minSize, "min-size", default: limits.minimumSide, in: 1...PixelSize.maximumSide)
        limits.maximumPixels = try environment.integer(
            maxPixels, "max-pixels", default: limits.maximumPixels, in: 1...(1 << 30))
        limits.maximumBytes = try environment.integer(
            maxUploadBytes, "max-upload-bytes", default: limits.maximumBytes, in: 1...(1 << 40))
        limits.maximumQueue = try environment.integer(
            maxQueue, "max-queue", default: limits.maximumQueue, in: 1...1_000_000)
        var settings = try MasterSettings(
            engine: engine, topics: topics, localWorkers: localWorkers, workersOption: "local-workers",
            dataDirectory: environment.text(dataDir, "data-dir") ?? "./data", limits: limits,
            environment: environment, defaultLevel: .info)
        settings.cluster.lendsCanvases =
            try environment.value(lendCanvases, "lend-canvases", parse: Bool.init) ?? true
        settings.retention = RetentionPolicy(
            keep: try Self.quantity(keep, "keep", "a time such as 12h or 7d", environment, Quantity.duration),
            maximumBytes: try Self.quantity(
                maxStorage, "max-storage", "an amount such as 500MB or 20GB", environment, Quantity.bytes))
        settings.tracing = try tracing.settings(environment)
        settings.limits.maximumStorage = settings.retention.maximumBytes
        return settings
    }

    private static func quantity<Value>(
        _ given: String?, _ option: String, _ kind: String, _ environment: EnvironmentSettings,
        _ parse: (String) -> Value?
    ) throws -> Value? {
        guard let text = try environment.text(given, option) else { return nil }
        guard let value = parse(text) else { throw SettingsError("--\(option) is '\(text)'; it takes \(kind)") }
        return value
    }

    private func serve(_ plan: ServePlan, warnings: [String]) async throws {
        let (settings, host, port) = (plan.settings, plan.host, plan.port)
        let (access, connections) = (plan.access, plan.connections)
        let logger = Logger(label: "master")
        let manager = ServiceManager()
        manager.beat()
        let tls = try connections.files.map { try Self.certificate($0, logger) }
        for warning in warnings + access.warnings { logger.warning("\(warning)") }
        let gate = try access.gate(
            dataDirectory: settings.dataDirectory, host: host, origins: plan.origins,
            certificateNames: { tls?.current.names ?? [] }, hasTLS: tls != nil, logger: logger)
        var limits = connections.limits.bounded(logger)
        limits.proxies = access.proxies
        let counter = ConnectionCounter(limits, logger: logger)
        let master: Master
        do {
            master = try await Master(settings: settings, logger: logger) { job in
                gate.audit.write(.expiry(of: job.rawValue))
            }
        } catch {
            manager.status("cannot start: \(CommandErrors.reason(error) ?? "\(error)")")
            throw error
        }
        let (welcome, welcomeSource) = AsyncStream<Welcome>.makeStream()
        let (ports, portSource) = AsyncStream<Int>.makeStream()
        let (addresses, addressSource) = AsyncStream<String>.makeStream()
        let feed = EventFeed(views: master.views, version: WebServer.version, logger: logger)
        var metrics = master.telemetry.metrics
        metrics.connections = { counter.open }
        let server = WebServer(
            host: host, port: port, views: master.views, feed: feed, cluster: master.cluster.description,
            gate: gate, metrics: metrics, tracer: master.telemetry.tracer, webFolder: plan.webFolder, tls: tls,
            limits: limits, counter: counter,
            logger: QuietLog.logger("http", settings.logLevel)
        ) { port in
            portSource.yield(port)
            let welcome = Welcome(
                host: host, port: port, localWorkers: settings.cluster.localWorkers,
                isOpen: (try? gate.isOpen(gate.look())) ?? false, certificateNames: tls?.current.names)
            welcomeSource.yield(welcome)
            addressSource.yield(welcome.url)
        }
        let redirect = connections.redirectPort.map {
            RedirectServer(
                host: host, port: $0, hosts: gate.hosts, ports: ports, counter: counter, limits: limits, logger: logger)
        }
        var servers: [any Service] = [server.application()]
        if let tls { servers.append(tls) }
        if let redirect { servers.append(redirect) }
        if manager.isThere {
            servers.append(ServiceReport(manager: manager, views: master.views, addresses: addresses))
        }
        let announcement = Announcement(fleet: master.views.fleet, welcome: welcome)
        let limit = ExitLimit(seconds: 4.5, status: { master.cluster.hasLostItsResults ? 1 : 0 })
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                // A failure shuts all services down gracefully and in order, because services need others while they
                // end. A shutdown begins at the end of the list. The server waits for the feed's connections, so the
                // feed ends first.
                services: (master.services + [KeyUses(gate: gate, disk: master.service.disk, logger: logger)] + servers
                    + [feed, limit])
                    .map {
                        .init(service: $0, failureTerminationBehavior: .gracefullyShutdownGroup)
                    } + [.init(service: announcement, successTerminationBehavior: .ignore)],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: QuietLog.logger("master", settings.logLevel)))
        do {
            try await group.run()
        } catch {
            await master.close()
            throw ListenFailure.words(error, host: host, port: port, option: "--port")
        }
        await master.close()
        logger.info("ended")
    }
}

extension ServeCommand {
    /// - Throws: `SettingsError`, because only a person can correct the file. A restart would not help.
    private static func certificate(_ files: TLSFiles, _ logger: Logger) throws(SettingsError) -> CertificateReloader {
        do throws(ServiceError) {
            return try CertificateReloader(files, logger: logger)
        } catch {
            throw SettingsError(error.detail)
        }
    }
}

/// Loggers for libraries that log every start and stop of a service at info. Their lines appear only at debug.
enum QuietLog {
    static func logger(_ label: String, _ level: Logger.Level) -> Logger {
        var logger = Logger(label: label)
        logger.logLevel = level <= .debug ? level : max(level, .warning)
        return logger
    }
}
