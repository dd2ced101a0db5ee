import ArgumentParser
import Foundation
import Logging
import TileCore

struct ProcessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "process",
        abstract: "Transform image files, without HTTP.",
        discussion: """
            One input and an output file, or any number of inputs and an output folder, as with cp:

              master-main process photo.jpg soft.png --transforms blur:ksize=31
              master-main process a.tif b.tif results/ --transforms grayscale,sharpen --format png
              curl -s https://example.org/a.png | master-main process - - --transforms invert >b.png

            '-' is standard input or standard output; inputs can be pipes, too. Links are followed, to inputs and to \
            outputs. An output folder that is missing is made if its name ends in '/' or if there are several inputs. \
            In a folder a result has its input's name, with the extension of its format.

            An existing file is replaced in one step once the result is complete, and keeps its permissions. An input \
            is never replaced, under any name, unless --overwrite allows a result to replace its own input. Errors of \
            the command as a whole are reported before any work begins. An image that cannot be processed is reported, \
            and the others are processed. An option that no result can use is refused; one that only some can use \
            applies to those.

            With --json standard output has a line for each image: an object with input, output, status (done, failed \
            or interrupted), milliseconds, and then error, or width, height, tiles, bytes, source_format and \
            source_bytes. A name that is not UTF-8 is shown with \\xE9 for such a byte, and its bytes are in \
            input_base64 or output_base64.

            The exit status is 0 if every image was processed, 1 if one was not, and 64 if the command is not valid. \
            TILEWORK_WORKER_MAIN is the path of worker-main if it is not in the folder of this program.
            """)

    @OptionGroup(title: "Engine") var engine: EngineOptions
    @OptionGroup(title: "Topics") var topics: TopicOptions
    @OptionGroup(title: "Results") var results: ResultOptions

    @Argument(help: "The image files, then the output file or folder.")
    var paths: [String]

    @Option(
        help: ArgumentHelp("The steps, as in grayscale,blur:ksize=31. (TILEWORK_TRANSFORMS)", valueName: "steps"))
    var transforms: String?

    @Option(help: "With --brokers, workers to run on this machine. (TILEWORK_WORKERS; default 0)")
    var workers: Int?

    @Option(
        help: """
            png, jpeg, bmp, tiff or webp. (TILEWORK_FORMAT; default: by the output file's extension, for a folder or \
            '-' the input's)
            """)
    var format: String?

    @Option(help: "1 to 100, for JPEG, WebP and TIFF with JPEG. (TILEWORK_QUALITY; default 95, lossless for WebP)")
    var quality: Int?

    @Option(
        help:
            "Images processed in parallel, 1 to 64; each takes memory. (TILEWORK_JOBS; default: one for each core, at most 4)"
    )
    var jobs: Int?

    @Flag(help: "Let a result replace its own input. (TILEWORK_OVERWRITE=true)")
    var overwrite = false

    @Flag(help: "A line of JSON for each image on standard output. (TILEWORK_JSON=true)")
    var json = false

    func run() async throws {
        try await CommandErrors.reporting {
            let environment = EnvironmentSettings()
            // A write to a closed pipe, or beyond the limit of file sizes, then fails with a reason instead of ending the
            // process.
            for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
            ImagingSetup.prepare()
            OpenFileLimit.raise()
            var options = ProcessRun.Options()
            options.imagesAtOnce = try imagesAtOnce(environment)
            options.json = try environment.value(json ? true : nil, "json", parse: Bool.init) ?? false
            let plan = try plan(environment)
            if plan.usesStandardOutput {
                guard !options.json else {
                    throw SettingsError("standard output cannot hold both the image and --json; name an output file")
                }
                guard isatty(FileHandle.standardOutput.fileDescriptor) == 0 else {
                    throw SettingsError("standard output is a terminal; redirect it to a file or a pipe")
                }
            }
            let settings = try settings(environment)
            LogOutput.bootstrap(level: settings.logLevel)
            if try await !run(plan, options, settings) { throw ExitCode.failure }
        }
    }

    /// The wanted number, limited by the files that the process can open.
    private func imagesAtOnce(_ environment: EnvironmentSettings) throws -> Int {
        let wanted = try environment.integer(jobs, "jobs", default: ProcessRun.defaultImagesAtOnce, in: 1...64)
        // An image needs up to six descriptors, and the process some twenty of its own.
        let most = max(1, (OpenFileLimit.current - 20) / 6)
        guard most < wanted else { return wanted }
        StandardStreams.error(
            "\(most) images in parallel instead of \(wanted): this process may open \(OpenFileLimit.current) files; raise "
                + "the limit with ulimit -n\n")
        return most
    }

    private func plan(_ environment: EnvironmentSettings) throws -> ProcessPlan {
        try ProcessPlan(
            paths: paths.map(ProgramArguments.path(of:)),
            wanted: ProcessRequest(try fields(environment)),
            overwrite: environment.value(overwrite ? true : nil, "overwrite", parse: Bool.init) ?? false)
    }

    /// The options of results, by the names of a form's fields.
    private func fields(_ environment: EnvironmentSettings) throws -> [String: String] {
        var fields: [String: String] = [:]
        fields["transforms"] = try environment.text(transforms, "transforms")
        fields["format"] = try environment.text(format, "format")
        fields["quality"] = try environment.value(quality, "quality", parse: Int.init).map(String.init)
        for (name, value) in results.fields { fields[name] = try environment.text(value, name) }
        return fields
    }

    private func settings(_ environment: EnvironmentSettings) throws -> MasterSettings {
        let brokers = try environment.text(engine.brokers, "brokers")
        if brokers == nil {
            let given = [
                ("--workers", workers != nil), ("--kafka-config", !engine.kafkaConfig.isEmpty),
                ("--max-partitions", engine.maxPartitions != nil), ("--results-topic", topics.resultsTopic != nil),
            ]
            if let (option, _) = given.first(where: \.1) {
                throw SettingsError("\(option) is for a cluster; set --brokers, too")
            }
        }
        var limits = IntakeLimits()
        limits.minimumSide = 1
        limits.maximumPixels = 1 << 30
        return try MasterSettings(
            engine: engine, topics: topics, localWorkers: workers, workersOption: "workers",
            dataDirectory: "", limits: limits, environment: environment, defaultLevel: .warning)
    }

    private func run(_ plan: ProcessPlan, _ options: ProcessRun.Options, _ settings: MasterSettings) async throws
        -> Bool
    {
        let cleanup = ExitCleanup()
        // One thread for each image, and one for short calls.
        let disk = DiskPool(threads: options.imagesAtOnce + 1)
        let result: Result<Bool, any Error>
        do {
            result = .success(try await run(plan, options, settings, disk, cleanup))
        } catch {
            result = .failure(error)
        }
        await disk.close()
        return try result.get()
    }

    private func run(
        _ plan: ProcessPlan, _ options: ProcessRun.Options, _ settings: MasterSettings, _ disk: DiskPool,
        _ cleanup: ExitCleanup
    ) async throws -> Bool {
        let logger = Logger(label: "process")
        let properties = PropertiesFile()
        return try await Interruption.handlingSignals(cleanup: cleanup) {
            let work = { @Sendable (processor: TileProcessor) in
                try await ProcessRun(
                    plan: plan, processor: processor, disk: disk, cleanup: cleanup, options: options,
                    display: ProgressDisplay()
                ).run()
            }
            guard settings.cluster.brokers == nil else {
                return try await TileProcessor.onCluster(
                    settings.cluster, settings.limits, logger: logger, properties: { try properties.write($0) }, work)
            }
            return try await TileProcessor.inProcess(settings.limits, logger: logger, work)
        }
    }
}
