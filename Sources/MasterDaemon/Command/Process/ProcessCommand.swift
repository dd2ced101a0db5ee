import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import TileCore
import UnixSignals

struct ProcessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "process",
        abstract: "Transform image files, without HTTP.",
        discussion: """
            One input and an output file, or any number of inputs and an output folder:

              master-main process photo.jpg soft.png --transforms blur:ksize=31
              master-main process a.tif b.tif results/ --transforms grayscale,sharpen --format png

            TILEWORK_WORKER_MAIN is the path of worker-main where it is not beside this program.
            """)

    @OptionGroup(title: "Engine") var engine: EngineOptions
    @OptionGroup(title: "Topics") var topics: TopicOptions

    @Argument(help: "The image files, then the output file or folder.")
    var paths: [String]

    @Option(
        help: ArgumentHelp("The steps, as in grayscale,blur:ksize=31. (TILEWORK_TRANSFORMS)", valueName: "steps"))
    var transforms: String?

    @Option(help: "Workers to run on this machine. (TILEWORK_WORKERS; default 2, or 0 with --brokers)")
    var workers: Int?

    @Option(
        help: """
            png, jpeg, bmp, tiff or webp. (TILEWORK_FORMAT; default: by the output file's extension, for a folder \
            the input's)
            """)
    var format: String?

    @Option(help: "1 to 100, for JPEG and WebP. (TILEWORK_QUALITY; default 95 for JPEG, lossless for WebP)")
    var quality: Int?

    func run() async throws {
        try await CommandErrors.reporting {
            let environment = EnvironmentSettings()
            let work = try FileWork(
                paths: paths, transforms: environment.text(transforms, "transforms"),
                format: environment.text(format, "format"),
                quality: environment.value(quality, "quality", parse: Int.init).map(String.init))
            // A folder of its own, removed at the end: nothing is resumed here.
            let data = FileManager.default.temporaryDirectory.appending(path: "tilework-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: data) }
            var limits = IntakeLimits()
            limits.minimumSide = 1
            limits.maximumPixels = 1 << 30
            limits.maximumBytes = Int(Int32.max)
            let settings = try MasterSettings(
                engine: engine, topics: topics, localWorkers: workers, workersOption: "workers",
                dataDirectory: data.path, limits: limits, environment: environment, defaultLevel: .warning)
            LogOutput.bootstrap(level: settings.logLevel)
            ImagingSetup.prepare()
            let logger = Logger(label: "master")
            let master = try await Master(settings: settings, logger: logger)
            let run = ProcessRun(work: work, service: master.service, dispatcher: master.dispatcher)
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: master.services.map { .init(service: $0) } + [
                        .init(
                            service: run, successTerminationBehavior: .gracefullyShutdownGroup,
                            failureTerminationBehavior: .gracefullyShutdownGroup),
                        // The last in the list learns first of a shutdown.
                        .init(service: ExitLimit(seconds: 4.5, status: { 1 })),
                    ],
                    gracefulShutdownSignals: [.sigterm, .sigint],
                    logger: QuietLog.logger("master", settings.logLevel)))
            do {
                try await group.run()
            } catch {
                await master.close()
                throw error
            }
            await master.close()
            if run.failures > 0 { throw ExitCode.failure }
        }
    }
}
