import TileCodecs
import TileCore

/// Turns a source into a result: decoding, the passes and encoding go on at the same time, each as far as the rows are
/// complete that it needs. What two of them share is an `ImageUnderWay`, and nothing else.
///
///     source ─▶ decode ─rows─▶ [image 0] ─tiles─▶ pass 0 ─tiles─▶ [image 1] … [image n] ─rows─▶ encode ─▶ result
///
/// An error goes down that path, so that all stages end with it; one of encoding cancels the others.
struct Rendering<Images: RenderingImages>: Sendable {
    let run: JobMachine.Run
    let plan: PassPlan
    /// The passes before this one are complete.
    let firstPass: Int
    /// The file.
    let source: String
    let encoder: ResultEncoder
    /// At which nothing is yet.
    let result: String
    let images: Images
    let dispatcher: Dispatcher
    let codecs: any ImageCodecs
    let disk: DiskPool
    /// The files in which to make overviews of source and result; `nil` if none are wanted.
    var overviews: (source: OverviewFile, result: OverviewFile)?

    /// Does it.
    /// - Returns: what was changed or left out by encoding, a sentence each.
    /// - Throws: `JobFailure`, `ServiceError` if the disk is full, `CancellationError`.
    func perform() async throws -> [String] {
        try await withThrowingTaskGroup(of: [String].self) { group in
            var (image, previous): (ImageUnderWay, ImageUnderWay?) = (try await images.source(of: firstPass), nil)
            if firstPass == 0, !image.isComplete {
                group.addTask { [image] in try await failing(image) { try await decode(into: image) } }
            }
            for pass in firstPass..<plan.passes.count {
                // Three images at a time are enough: the pass before last has to be complete before another begins.
                if let previous { _ = try await previous.rows(beyond: previous.canvas.size.height - 1) }
                _ = try await image.rows(beyond: 0)
                let (target, missing) = try await images.target(of: pass)
                group.addTask { [image] in try await perform(pass, from: image, to: target, missing) }
                (image, previous) = (target, image)
            }
            group.addTask { [image] in try await encode(image) }
            var notes: [String] = []
            for try await more in group { notes += more }
            return notes
        }
    }

    // MARK: Stages

    private func decode(into image: ImageUnderWay) async throws -> [String] {
        let height = image.canvas.size.height
        let notes = try await codecs.decoders.withPlace {
            try await disk.runHeeding { [codecs, source, encoder, overviews] flag in
                try ImagingError.failing {
                    do {
                        let notes = try codecs.decode(
                            source, encoder.options, into: image.canvas, overviews: overviews?.source,
                            until: { flag.isSet },
                            // The last rows are not shown before the end of the file was looked at.
                            progress: { image.complete(rows: min($0, height - 1)) })
                        return try notes + encoder.checkAlpha(of: image.canvas)
                    } catch let error as ImageFileError {
                        throw ImagingError(
                            .undecodable, "the source cannot be read any more: \(error)", shortage: error.shortage)
                    }
                }
            }
        }
        try await images.decoded(notes)
        image.complete(rows: height)
        return []
    }

    private func perform(
        _ pass: Int, from source: ImageUnderWay, to target: ImageUnderWay, _ missing: [Int]
    ) async throws -> [String] {
        let (pipeline, geometry) = (plan.passes[pass].pipeline, plan.passes[pass].geometry)
        try await dispatcher.run(
            PassOrder(
                run: run, pass: pass, pipeline: pipeline, geometry: geometry, source: source, target: target),
            missing: missing)
        try await images.completed(pass: pass)
        return []
    }

    /// Encodes while the rows come if there is a place for that, else once they are all there.
    private func encode(_ image: ImageUnderWay) async throws -> [String] {
        let height = image.canvas.size.height
        if !image.isComplete {
            do {
                return try await codecs.earlyEncoders.withPlace { try await write(image) }
            } catch is AsyncSemaphore.Refusal {
                _ = try await image.rows(beyond: height - 1)
            }
        }
        return try await codecs.encoders.withPlace { try await write(image) }
    }

    private func write(_ image: ImageUnderWay) async throws -> [String] {
        let file = try await begin(image.canvas)
        do {
            var rows = try await image.rows(beyond: 0)
            while rows < image.canvas.size.height {
                try await onDisk { [rows] in try file.write(upTo: rows, until: $0) }
                rows = try await image.rows(beyond: rows)
            }
            return try await onDisk { try file.finish(until: $0) }
        } catch {
            _ = await disk.runQuietly { file.cancel() }
            throw error
        }
    }

    private func begin(_ image: Canvas) async throws -> any ResultEncoding {
        try await onDisk { [codecs, source, encoder, result, overviews] in
            try codecs.beginEncoding(
                image, of: source, by: encoder, into: result, overviews: overviews?.result, until: $0)
        }
    }

    private func onDisk<R: Sendable>(
        _ body: @escaping @Sendable (_ isCancelled: () -> Bool) throws -> R
    ) async throws -> R {
        try await disk.runHeeding { flag in try ImagingError.failing { try body { flag.isSet } } }
    }

    /// Whoever waits for rows of the image gets the error.
    private func failing<R>(_ image: ImageUnderWay, _ body: () async throws -> R) async throws -> R {
        do {
            return try await body()
        } catch {
            image.fail(error)
            throw error
        }
    }
}

extension ImagingError {
    /// Ends the job with the reason of an error, unless something was lacking that may be there later.
    static func failing<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error as ImagingError {
            throw ServiceError(shortageIn: error) ?? JobFailure(reason: error.reason)
        } catch let error as FileError {
            throw ServiceError(shortageIn: error) ?? JobFailure(reason: error.reason)
        }
    }
}
