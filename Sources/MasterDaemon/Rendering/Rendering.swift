import Synchronization
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
                // Three whole images at a time are enough: the pass before last has to be complete before another
                // begins. Of images in rings, rows that are done with are written anew.
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
                        // The last rows are not shown before the end of the file was looked at.
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
        try await dispatcher.run(
            PassOrder(
                run: run, pass: pass, pipeline: pipeline, geometry: geometry, source: source, target: target),
            missing: missing)
        try await images.completed(pass: pass)
        return []
    }

    /// Makes the rows of a target's new file, a row of tiles ahead of those that its source allows to be sent.
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

    /// Encodes while the rows come, if there is a place for that; else once they are all there. Rows that do not stay
    /// cannot wait for a place: whoever has images in rings bounds how many there are.
    private func encode(_ image: ImageUnderWay) async throws -> [String] {
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
                // A writer of rows in a ring waits for each piece.
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

    /// Reads from the source on a thread for that.
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
