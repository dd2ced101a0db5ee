import Foundation
import TileCodecs
import TileCore

extension JobService {
    /// A JPEG of the finished part of the result: of the current pass's canvas while the job runs, of the output later.
    /// - Parameter side: the longest side in pixels, at most `PreviewMaker.side`.
    /// - Returns: the picture, and whether it will never change.
    func preview(_ id: JobID, side: Int) async throws -> (picture: Picture, isFinal: Bool) {
        let job = try await job(id)
        let plan = try job.plan()
        guard job.outputPath != nil else {
            let key = PictureCache.Key.unfinishedPreview(id, pass: job.pass, side: side)
            let picture = try await pictures.picture(key) { [drawing, files] in
                try await drawing.run {
                    let canvas = try Self.unfinished(job, plan, files)
                    return Picture(bytes: try PreviewMaker.jpeg(of: canvas, side: side), encoding: .jpeg)
                }
            }
            return (picture, false)
        }
        let whole = try await pictures.picture(.preview(id, side: PreviewMaker.side)) {
            try await self.keptPreview(job, plan)
        }
        guard side < PreviewMaker.side else { return (whole, true) }
        let small = try await pictures.picture(.preview(id, side: side)) { [drawing, files, codecs] in
            try await drawing.run {
                let kept = files.preview(id)
                let canvas = try codecs.decoded(kept, in: files.scratch)
                return Picture(bytes: try PreviewMaker.jpeg(of: canvas, side: side), encoding: .jpeg)
            }
        }
        return (small, true)
    }

    /// A completed job's preview from its file. Makes the file if it is missing, for example after a crash.
    private func keptPreview(_ job: JobRecord, _ plan: PassPlan) async throws -> Picture {
        let kept = files.preview(job.jobID)
        let isThere = try await drawing.run { FileManager.default.fileExists(atPath: kept) }
        if !isThere, let output = job.outputPath {
            let canvas = try await forPreview(job, plan, output)
            try await drawing.run {
                try Data(PreviewMaker.jpeg(of: canvas)).write(to: URL(filePath: kept), options: .atomic)
            }
            // The job may have been deleted meanwhile, and its files with it.
            if try await store.job(job.jobID) == nil { await remove(kept) }
        }
        do {
            return try await drawing.run {
                Picture(bytes: [UInt8](try Data(contentsOf: URL(filePath: kept))), encoding: .jpeg)
            }
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            // The preview was deleted meanwhile, probably with its job.
            _ = try await self.job(job.jobID)
            throw ServiceError.busy
        }
    }

    private func forPreview(_ job: JobRecord, _ plan: PassPlan, _ output: String) async throws -> Canvas {
        if let overview = try await drawing.run({ [overviews] in try overviews.preview(of: job) }) { return overview }
        return try await decoded(job, .result, plan.output, ViewCache.Source(path: files.path(output)))
    }

    /// The sample image as a JPEG. It is drawn once.
    func sample() async throws -> Picture {
        try await pictures.picture(.sample) { [drawing] in
            try await drawing.run { Picture(bytes: try SampleImage.jpeg(), encoding: .jpeg) }
        }
    }
}
