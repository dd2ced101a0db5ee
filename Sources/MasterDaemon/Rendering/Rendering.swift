import Synchronization
import TileCodecs
import TileCore
import Tracing

/// Turns a source into a result. Decoding, the passes and encoding run at the same time, each as far as its input rows
/// are complete. Two neighbouring stages share an `ImageUnderWay`, and nothing else.
///
///     source ─▶ decode ─rows─▶ [image 0] ─tiles─▶ pass 0 ─tiles─▶ [image 1] … [image n] ─rows─▶ encode ─▶ result
///
/// An error goes down that path, so that all stages end with it. An error of encoding cancels the other stages.
struct Rendering<Images: RenderingImages>: Sendable {
    let run: JobMachine.Run
    let plan: PassPlan
    /// All passes before this one are complete.
    let firstPass: Int
    /// The path of the source.
    let source: String
    let encoder: ResultEncoder
    /// The path of the result. No file is there yet.
    let result: String
    let images: Images
    let dispatcher: Dispatcher
    let codecs: any ImageCodecs
    let disk: DiskPool
    var tracer: any Tracer = NoOpTracer()
    /// The files for overviews of source and result; `nil` if none are wanted.
    var overviews: (source: OverviewFile, result: OverviewFile)?

    /// Runs all stages.
    /// - Returns: what encoding has changed or left out, one sentence each.
    /// - Throws: `JobFailure`, `ServiceError` if the disk is full, `CancellationError`.
    func perform() async throws -> [String] {
        try await withThrowingTaskGroup(of: [String].self) { group in
            var (image, previous): (ImageUnderWay, ImageUnderWay?) = (try await images.source(of: firstPass), nil)
            if firstPass == 0, !image.isComplete {
                group.addTask { [image] in try await failing(image) { try await decode(into: image) } }
            }
            for pass in firstPass..<plan.passes.count {
                // Waits for the pass before the last one if its images are whole. So at most three whole images exist at
                // a time: the two of the last pass, and the target of this one. An image in a `RowRing` keeps only some
                // rows, so any number of passes can run at once.
                if let previous, previous.isWhole { _ = try await previous.rows(beyond: previous.height - 1) }
                _ = try await image.rows(beyond: 0)
                let (target, missing) = try await images.target(of: pass)
                group.addTask { [image] in try await make(target, for: image) }
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
        try await tracer.withSpan("decode") { _ in try await decodeRows(into: image) }
    }

    private func decodeRows(into image: ImageUnderWay) async throws -> [String] {
        let notes = try await codecs.decoders.withPlace {
            let alpha = Mutex(encoder.alphaCheck(of: image.pixels))
            let file = try await reading { [codecs, source, encoder, overviews] in
                try codecs.beginDecoding(
                    source, encoder.options, into: image.pixels, overviews: overviews?.source, until: $0)
            }
            var rows = 0
            while rows < image.height {
                let writable = try await image.writableRows(beyond: file.rowsWanted - 1)
                rows = try await reading { isCancelled in
                    let rows = try file.read(upTo: writable, until: isCancelled) { rows in
                        alpha.withLock { $0.look(upTo: rows) }
                        // The last row is marked as complete only once the end of the file is checked.
                        image.complete(rows: min(rows, image.height - 1))
                    }
                    alpha.withLock { $0.look(upTo: rows) }
                    return rows
                }
            }
            return try await reading { _ in try file.finish() + alpha.withLock { try $0.notes() } }
        }
        try await images.decoded(notes)
        image.complete(rows: image.height)
        return []
    }

    private func perform(
        _ pass: Int, from source: ImageUnderWay, to target: ImageUnderWay, _ missing: [Int]
    ) async throws -> [String] {
        let (pipeline, geometry) = (plan.passes[pass].pipeline, plan.passes[pass].geometry)
        return try await tracer.withSpan("pass") { span in
            if span.isRecording {
                span.attributes[SpanKey.pass] = pass
                span.attributes[SpanKey.tiles] = missing.count
                span.attributes[SpanKey.transforms] = pipeline.description
            }
            try await dispatcher.run(
                PassOrder(
                    run: run, pass: pass, pipeline: pipeline, geometry: geometry, source: source, target: target),
                missing: missing)
            try await images.completed(pass: pass)
            return []
        }
    }

    /// Makes the rows of a target's new file writable, one row of tiles ahead of the complete rows of the source.
    private func make(_ target: ImageUnderWay, for source: ImageUnderWay) async throws -> [String] {
        guard let canvas = target.pixels as? Canvas else { return [] }
        while target.writableRows < target.height {
            let rows = target.writableRows..<min(target.height, target.writableRows + plan.grid.tileSize)
            _ = try await source.rows(beyond: max(0, rows.lowerBound - plan.grid.tileSize))
            try await onDisk { _ in try canvas.clear(rows: rows) }
            target.makeWritable(rows: rows.upperBound)
        }
        return []
    }

    /// Encodes rows as they are complete if an early encoder is free; else once all rows are complete. An image in a
    /// `RowRing` cannot wait, because it does not hold all rows. It is always encoded at once. The command `process`, which
    /// makes the rings, limits how many images are under way.
    private func encode(_ image: ImageUnderWay) async throws -> [String] {
        try await tracer.withSpan("encode") { _ in try await encodeRows(image) }
    }

    private func encodeRows(_ image: ImageUnderWay) async throws -> [String] {
        guard image.isWhole else { return try await write(image) }
        if !image.isComplete {
            do {
                return try await codecs.earlyEncoders.withPlace { try await write(image) }
            } catch is AsyncSemaphore.Refusal {
                _ = try await image.rows(beyond: image.height - 1)
            }
        }
        return try await codecs.encoders.withPlace { try await write(image) }
    }

    private func write(_ image: ImageUnderWay) async throws -> [String] {
        let file = try await begin(image.pixels)
        do {
            var (rows, written) = (try await image.rows(beyond: 0), 0)
            while rows < image.height {
                // The stage before waits until rows of its ring are released, so they are released piece by piece.
                written = image.isWhole ? rows : min(rows, written + plan.grid.tileSize)
                try await onDisk { [written] in try file.write(upTo: written, until: $0) }
                image.release(rows: written)
                rows = written < rows ? image.rows : try await image.rows(beyond: rows)
            }
            return try await onDisk { try file.finish(until: $0) }
        } catch {
            _ = await disk.runQuietly { file.cancel() }
            throw error
        }
    }

    private func begin(_ image: any PixelRows) async throws -> any ResultEncoding {
        try await onDisk { [codecs, source, encoder, result, overviews] in
            try codecs.beginEncoding(
                image, of: source, by: encoder, into: result, overviews: overviews?.result, until: $0)
        }
    }

    /// Reads the source on a thread of the pool for the disk.
    private func reading<R: Sendable>(
        _ body: @escaping @Sendable (_ isCancelled: () -> Bool) throws -> R
    ) async throws -> R {
        try await onDisk { isCancelled in
            do {
                return try body(isCancelled)
            } catch let error as ImageFileError {
                throw ImagingError(
                    .undecodable, "the source cannot be read any more: \(error)", shortage: error.shortage)
            }
        }
    }

    private func onDisk<R: Sendable>(
        _ body: @escaping @Sendable (_ isCancelled: () -> Bool) throws -> R
    ) async throws -> R {
        try await disk.runCancellable { flag in try ImagingError.failing { try body { flag.isSet } } }
    }

    /// Passes an error on to all tasks that wait for rows of the image.
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
    /// Ends the job with the reason of an error, unless a resource was missing that may be available later.
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
