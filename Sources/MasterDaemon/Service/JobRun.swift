import Foundation
import Logging
import TileCore

/// The steps of one run of a job, each done when the machine asks for it. Every step can be done anew: it goes on from
/// what the canvases and the database hold.
actor JobRun {
    /// What all runs share.
    struct Tools: Sendable {
        let store: Store
        let files: JobFiles
        let dispatcher: Dispatcher
        let journal: TileJournal
        let disk: DiskPool
        let codecs: any ImageCodecs
        let logger: Logger
    }

    private let run: JobMachine.Run
    private let tools: Tools
    private var files: JobFiles { tools.files }
    private var job: JobRecord?
    private var plan: PassPlan?
    /// The image that the next step reads.
    private var image: Canvas?
    /// A canvas that no step needs any more, once the row says so.
    private var outdated: String?

    init(_ run: JobMachine.Run, tools: Tools) {
        self.run = run
        self.tools = tools
    }

    func perform(_ step: JobMachine.Step) async -> JobMachine.Outcome {
        do {
            return switch step {
            case .prepare: try await prepare()
            case .decode: try await decode()
            case .pass(let pass): try await perform(pass: pass)
            case .encode: try await encode()
            case .tidy: await tidy()
            }
        } catch is CancellationError {
            return .cancelled
        } catch let error as JobFailure {
            return .failed(reason: error.reason)
        } catch let error as ServiceError where error.isTransient {
            return .blocked(JobMachine.Trouble(error))
        } catch {
            return .failed(reason: "internal error: \(error)")
        }
    }

    // MARK: Steps

    /// Finds out which pass is next. Canvases that cannot be believed are removed, and the job begins from its source.
    private func prepare() async throws -> JobMachine.Outcome {
        guard var job = try await tools.store.job(run.job), job.run == run else { throw CancellationError() }
        let plan = try Self.plan(of: job)
        let canContinue = try await canContinue(job, plan)
        try await tools.disk.run { [files, run] in
            if !canContinue { files.removeCanvases(run.job) }
            try files.makeCanvasFolder(run.job)
            files.remove(files.decoding(run.job))
        }
        if !canContinue {
            guard let restarted = try await tools.store.restart(run, boot: BootID.current) else {
                throw CancellationError()
            }
            job = restarted
        }
        (self.job, self.plan) = (job, plan)
        image = try await existingCanvas(before: job.pass)
        return .prepared(pass: job.pass, passes: plan.passes.count, isDecoded: image != nil)
    }

    private func decode() async throws -> JobMachine.Outcome {
        let (job, _) = try current()
        let (source, part) = (files.source(job.jobID), files.decoding(job.jobID))
        let path = files.canvas(job.jobID, before: 0)
        let encoder = try encoder(of: job)
        let (canvas, notes) = try await tools.codecs.places.withPlace {
            try await tools.disk.runHeeding { [files, codecs = tools.codecs] flag in
                do {
                    return try Self.failing {
                        let (canvas, notes) = try codecs.decode(source, of: job, into: part) { flag.isSet }
                        return (try canvas.move(to: path), try notes + encoder.checkAlpha(of: canvas))
                    }
                } catch {
                    files.remove(part)
                    throw error
                }
            }
        }
        try await tools.store.note(notes, of: run, isFirst: true)
        image = canvas
        return .done
    }

    /// Does what is missing of a pass. A new target gets its name once it has all its bytes, since the master may be
    /// killed in between.
    private func perform(pass: Int) async throws -> JobMachine.Outcome {
        let (job, plan) = try current()
        await removeOutdated()
        guard let source = image else {
            throw JobFailure(reason: "the image before pass \(pass) is gone; retry the job")
        }
        let (geometry, path) = (plan.passes[pass].geometry, files.canvas(job.jobID, before: pass + 1))
        let part = files.making(job.jobID)
        let target: Canvas
        if let existing = try await existingCanvas(before: pass + 1) {
            target = existing
        } else {
            target = try await tools.disk.run {
                try Self.failing {
                    try Canvas.create(path: part, size: job.size, format: geometry.output).move(to: path)
                }
            }
        }
        try await tools.dispatcher.run(
            PassOrder(
                run: run, pass: pass, pipeline: plan.passes[pass].pipeline, geometry: geometry, source: source,
                target: target),
            missing: tools.store.missingTiles(job.jobID, pass: pass))
        try await tools.journal.flush()
        outdated = source.path
        image = target
        return .done
    }

    private func encode() async throws -> JobMachine.Outcome {
        let (job, _) = try current()
        await removeOutdated()
        guard let image else { throw JobFailure(reason: "the finished image is gone; retry the job") }
        let (encoder, source) = (try encoder(of: job), files.source(job.jobID))
        let part = files.encoding(job.jobID, job.format)
        let output = files.path(JobFiles.outputName(job.jobID, job.format))
        let (bytes, notes) = try await tools.codecs.places.withPlace {
            try await tools.disk.runHeeding { [files, codecs = tools.codecs] flag in
                do {
                    return try Self.failing {
                        // Into a part file, onto the disk, then under its name.
                        let notes = try codecs.encode(image, of: source, by: encoder, into: part) { flag.isSet }
                        return (try DurableFile.publish(part, as: output), notes)
                    }
                } catch {
                    files.remove(part)
                    throw error
                }
            }
        }
        try await tools.store.note(notes, of: run, isFirst: false)
        return .encoded(bytes: bytes)
    }

    /// The canvas goes; what the preview shows of it stays. Without it the preview is made from the output.
    private func tidy() async -> JobMachine.Outcome {
        let last = image
        image = nil
        // The canvas is let go of there, too: to free its file can take a while.
        _ = await tools.disk.runQuietly { [files, run] in
            if let last, let bytes = try? PreviewMaker.jpeg(of: last) {
                try? Data(bytes).write(to: URL(filePath: files.preview(run.job)), options: .atomic)
            }
            files.removeCanvases(run.job)
        }
        tools.logger.info("completed", metadata: [LogKey.job: "\(run.job)"])
        return .done
    }

    /// Lets go of the canvases, on a thread that may wait for the disk.
    func letGo() async {
        let last = image
        image = nil
        _ = await tools.disk.runQuietly { _ = last }
    }

    // MARK: What is there

    private func current() throws -> (JobRecord, PassPlan) {
        guard let job, let plan else { throw CancellationError() }
        return (job, plan)
    }

    private func encoder(of job: JobRecord) throws -> ResultEncoder {
        ResultEncoder(
            pipeline: try Pipeline(parsing: job.transforms), format: job.format, quality: job.quality,
            options: job.options)
    }

    private static func plan(of job: JobRecord) throws -> PassPlan {
        do {
            return try job.plan()
        } catch {
            throw JobFailure(reason: "the transforms cannot be read: \(error.reason)")
        }
    }

    /// Whether the canvases of an earlier run hold what the database says. Pixels written through a mapping survive
    /// the process, not the machine.
    private func canContinue(_ job: JobRecord, _ plan: PassPlan) async throws -> Bool {
        guard job.bootID == BootID.current else { return false }
        // The first pass's source can be decoded again.
        if job.pass > 0, try await !hasCanvas(before: job.pass, job, plan) { return false }
        if job.pass == plan.passes.count { return true }
        if try await hasCanvas(before: job.pass + 1, job, plan) { return true }
        return try await tools.store.missingTiles(job.jobID, pass: job.pass).count == plan.grid.count
    }

    /// Whether that canvas is there; one of another size is as good as none.
    private func hasCanvas(before pass: Int, _ job: JobRecord, _ plan: PassPlan) async throws -> Bool {
        let path = files.canvas(job.jobID, before: pass)
        let bytes = PixelBuffer.byteCount(size: job.size, format: plan.format(before: pass))
        return try await tools.disk.run {
            try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        } == bytes
    }

    private func existingCanvas(before pass: Int) async throws -> Canvas? {
        let (job, plan) = try current()
        guard try await hasCanvas(before: pass, job, plan) else { return nil }
        let path = files.canvas(job.jobID, before: pass)
        return try await tools.disk.run {
            try Self.failing { try Canvas.open(path: path, size: job.size, format: plan.format(before: pass)) }
        }
    }

    private func removeOutdated() async {
        guard let path = outdated else { return }
        outdated = nil
        _ = await tools.disk.runQuietly { [files] in files.remove(path) }
    }

    /// Imaging errors end the job with their reason, unless only the disk is full.
    private static func failing<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error as ImagingError {
            if error.isDiskFull { throw ServiceError.diskFull(error.reason) }
            throw JobFailure(reason: error.reason)
        }
    }
}

extension JobMachine.Trouble {
    init(_ error: ServiceError) { self.init(reason: error.detail, isDiskFull: error.code == .diskFull) }
}

extension ImageCodecs {
    /// Decodes the source of a job into a new canvas.
    fileprivate func decode(
        _ source: String, of job: JobRecord, into path: String, until isCancelled: () -> Bool
    ) throws -> (Canvas, notes: [String]) {
        let canvas = try Canvas.create(path: path, size: job.size, format: job.pixelFormat)
        do {
            let notes = try decode(source, job.options, into: canvas, until: isCancelled) { _ in }
            return (canvas, notes)
        } catch let error as ImageFileError {
            throw ImagingError(.undecodable, "the source cannot be read any more: \(error)")
        }
    }
}
