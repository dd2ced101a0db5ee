import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import TileCore
import Tracing
import UnixSignals

@main
struct WorkerMain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker-main",
        abstract: "Transforms tiles for a Tilework master.",
        discussion: """
            Joins the consumer group 'image-workers' and works until SIGTERM, Ctrl-C or an order of the master to end; \
            then it finishes its tiles and leaves. Start one on each host, each with another id:

              worker-main worker-3 --master http://master-host:5000
              worker-main worker-4 --brokers kafka-1:9092,kafka-2:9092

            Every option but --check can be set in the environment instead: --log-level is TILEWORK_LOG_LEVEL. \
            TILEWORK_KAFKA_CONFIG holds all properties of --kafka-config, separated by semicolons.

            Exit status: 0 after a signal or an order to end, 64 if an option is wrong or a file cannot be read, 78 if the \
            id belongs to another worker, a Kafka property is unknown, or the port of --metrics-port is in use. With --check \
            it is 0 if the worker can work, 78 if something on this host has to be changed first, and 69 if the cause is \
            elsewhere or temporary.
            """,
        version: TileworkVersion.current)

    @OptionGroup var options: WorkerOptions

    func run() async throws {
        let environment = EnvironmentSettings()
        if options.check {
            let status = await WorkerChecks(options: options, environment: environment).perform()
            if status != 0 { throw ExitCode(status) }
            return
        }
        let settings: WorkerSettings
        do {
            settings = try WorkerSettings(options, environment: environment)
        } catch let error as SettingsError {
            // Printed here, because ArgumentParser would add the usage, which hides the error.
            FileHandle.standardError.write(Data("Error: \(error.description)\n".utf8))
            throw ExitCode.validationFailure
        }
        LogOutput.bootstrap(
            level: settings.logLevel, format: settings.logFormat, provider: ServiceContext.metadataProvider)
        ProcessRights.keepToOwner()
        ImagingSetup.prepare()
        var logger = Logger(label: "worker")
        logger[metadataKey: LogKey.worker] = "\(settings.id)"
        // A local worker inherits the master's environment, so it does not warn about unknown variables.
        let isLocal = settings.isLocal
        for warning in settings.warnings + (isLocal ? [] : environment.warnings()) { logger.warning("\(warning)") }
        let manager = ServiceManager(isLocal ? [:] : ProcessInfo.processInfo.environment)
        manager.beat()
        for fault in settings.faults.announcements { logger.warning("\(fault)") }
        let end = EndOnOrder()
        let telemetry = WorkerTelemetry(settings, host: ProcessInfo.processInfo.hostName, logger: logger)
        // The library's lines about starts and ends of services are noise.
        var quiet = logger
        quiet.logLevel = .error
        // Services end in the reverse order.
        var services = telemetry.services.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) }
        services.append(
            .init(
                service: WorkerService(
                    settings: settings, end: end, manager: manager, telemetry: telemetry, logger: logger),
                successTerminationBehavior: .gracefullyShutdownGroup))
        services.append(.init(service: end, successTerminationBehavior: .gracefullyShutdownGroup))
        if isLocal {
            services.append(.init(service: EndOfInput(), successTerminationBehavior: .gracefullyShutdownGroup))
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
        do {
            try await group.run()
        } catch let error as KafkaError where error.code == .configuration {
            logger.error("\(error.reason)")
            manager.status(error.reason)
            throw ExitCode(78)
        } catch let error as SettingsError {
            logger.error("\(error)")
            manager.status("\(error)")
            throw ExitCode(78)
        }
        if let reason = end.refusal {
            logger.error("\(reason)")
            manager.status(reason)
            throw ExitCode(78)
        }
    }
}
