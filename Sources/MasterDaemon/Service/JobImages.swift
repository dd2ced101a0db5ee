import Foundation
import TileCore

/// The images of a job's run, in files that survive the process.
///
/// The master may be killed at any moment. So a canvas gets its name only when all its bytes are reserved, and the decoded
/// source only when it is complete.
struct JobImages: RenderingImages {
    let run: JobMachine.Run
    let job: JobRecord
    let plan: PassPlan
    let tools: JobRun.Tools

    private var files: JobFiles { tools.files }

    func source(of pass: Int) async throws -> ImageUnderWay {
        if let canvas = try await existing(before: pass) { return ImageUnderWay(canvas, rows: job.size.height) }
        guard pass == 0 else { throw JobFailure(reason: "the canvas before pass \(pass) is missing; retry the job") }
        // All rows are overwritten before they are read: tiles wait for their rows, and other readers for the whole image.
        return ImageUnderWay(try await make(files.decoding(run), job.pixelFormat, showsOldPixels: true).canvas)
    }

    func decoded(_ notes: [String]) async throws {
        try await tools.disk.run { [files, run] in
            try ImagingError.failing {
                try Canvas.rename(files.decoding(run), to: files.canvas(run.job, before: 0))
            }
        }
        try await tools.store.note(notes, of: run, isFirst: true)
    }

    func target(of pass: Int) async throws -> (image: ImageUnderWay, missing: [Int]) {
        let missing = try await tools.store.missingTiles(job.jobID, pass: pass)
        try await tools.store.begin(pass: pass, of: run)
        if let canvas = try await existing(before: pass + 1) { return (ImageUnderWay(canvas), missing) }
        let (part, path) = (files.making(job.jobID), files.canvas(job.jobID, before: pass + 1))
        let (canvas, isMade) = try await make(part, plan.format(before: pass + 1), showsOldPixels: false)
        return (ImageUnderWay(try await tools.disk.run { try canvas.move(to: path) }, isMade: isMade), missing)
    }

    /// Makes a canvas. Uses a spare one of about that size if there is one, because its rows are writable immediately.
    /// - Parameter showsOldPixels: whether the pixels of another job may stay until they are overwritten.
    private func make(
        _ path: String, _ format: PixelFormat, showsOldPixels: Bool
    ) async throws -> (canvas: Canvas, isMade: Bool) {
        try await tools.disk.run { [job, files, spares = tools.spares] in
            try ImagingError.failing {
                let bytes = PixelBuffer.byteCount(size: job.size, format: format)
                if let spare = spares.take(bytes, preferring: !showsOldPixels) {
                    let canvas = try? Canvas.create(
                        path: path, size: job.size, format: format, from: spare.path,
                        clearing: showsOldPixels ? bytes : spare.cleared)
                    if let canvas { return (canvas, true) }
                    files.remove(spare.path)
                }
                return (try Canvas.create(path: path, size: job.size, format: format), false)
            }
        }
    }

    func completed(pass: Int) async throws {
        try await tools.journal.flush()
        _ = await tools.disk.runQuietly { [files, run, spares = tools.spares] in
            spares.keep(files.canvas(run.job, before: pass))
        }
    }

    // MARK: Existing canvases

    /// The first pass with missing tiles; the number of passes if no tile is missing.
    /// - Returns: `nil` if the canvases may not match the database. Pixels that were written through a mapping survive a
    ///   crash of the process, but not of the machine.
    func firstPass() async throws -> Int? {
        guard job.bootID == plan.era else { return nil }
        var missing: [Int] = []
        for pass in plan.passes.indices {
            missing.append(try await tools.store.missingTiles(job.jobID, pass: pass).count)
        }
        let first = missing.firstIndex { $0 > 0 } ?? plan.passes.count
        // The source of the first pass can be decoded again.
        if first > 0, try await !has(before: first) { return nil }
        for pass in first..<plan.passes.count where missing[pass] < plan.grid.count {
            if try await !has(before: pass + 1) { return nil }
        }
        return first
    }

    /// Whether the canvas exists in the right size.
    private func has(before pass: Int) async throws -> Bool {
        let path = RawPath(files.canvas(job.jobID, before: pass))
        let bytes = PixelBuffer.byteCount(size: job.size, format: plan.format(before: pass))
        return try await tools.disk.run { try? FileFacts.of(path).size } == bytes
    }

    /// The image after all passes, if it is still there.
    func result() async throws -> Canvas? { try await existing(before: plan.passes.count) }

    func existing(before pass: Int) async throws -> Canvas? {
        guard try await has(before: pass) else { return nil }
        let (path, format) = (files.canvas(job.jobID, before: pass), plan.format(before: pass))
        return try await tools.disk.run { [job] in
            try ImagingError.failing { try Canvas.open(path: path, size: job.size, format: format) }
        }
    }
}
