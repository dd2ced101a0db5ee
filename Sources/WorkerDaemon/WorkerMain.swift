import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import TileCore
import UnixSignals

@main
struct WorkerMain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker-main",
        abstract: "Transforms tiles for a Tilework master.",
        discussion: """
            Joins the consumer group 'image-workers' and works until SIGTERM, Ctrl-C or an order of the master to end; \
            then it finishes what it has in hand and leaves. Start one on each host, each with an id of its own:

              worker-main worker-3 --master http://master-host:5000
              worker-main worker-4 --brokers kafka-1:9092,kafka-2:9092

            Every option can be set in the environment instead: --log-level is TILEWORK_LOG_LEVEL. Of --kafka-config \
            the variable holds all settings, with semicolons between.

            Exit status: 0 after a signal or an order to end, 64 if an option is wrong, 78 if the id belongs to \
            another worker or a Kafka property is unknown.
            """,
        version: TileworkVersion.current)

    @OptionGroup var options: WorkerOptions

    func run() async throws {
        let settings: WorkerSettings
        do {
            settings = try WorkerSettings(options, environment: EnvironmentSettings())
        } catch let error as SettingsError {
            throw ValidationError(error.description)
        }
        LogOutput.bootstrap(level: settings.logLevel)
        ProcessRights.keepToOwner()
        ImagingSetup.prepare()
        let logger = Logger(label: settings.id)
        for warning in settings.warnings { logger.warning("\(warning)") }
        for fault in settings.faults.announcements { logger.warning("\(fault)") }
        let end = EndOnOrder()
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(
                        service: WorkerService(settings: settings, end: end, logger: logger),
                        successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: end, successTerminationBehavior: .gracefullyShutdownGroup),
                ]
                    + (settings.endsWithInput
                        ? [.init(service: EndOfInput(), successTerminationBehavior: .gracefullyShutdownGroup)] : []),
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: settings.id) { label in
                    // The life of two services in one process is no news to anyone.
                    var handler = StreamLogHandler.standardError(label: label)
                    handler.logLevel = .error
                    return handler
                }))
        do {
            try await group.run()
        } catch let error as KafkaError where error.code == .configuration {
            logger.error("\(error.reason)")
            throw ExitCode(78)
        }
        if let reason = end.refusal {
            logger.error("\(reason)")
            throw ExitCode(78)
        }
    }
}
