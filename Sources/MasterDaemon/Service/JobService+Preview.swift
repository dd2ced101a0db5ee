import Foundation
import TileCore

extension JobService {
    /// A JPEG of what is finished so far: the last pass's canvas while it fills, the result later.
    /// - Parameter side: no side is longer, in pixels; at most `PreviewMaker.side`.
    /// - Returns: the file, and whether it would be the same at any later time.
    func preview(_ id: JobID, side: Int) async throws -> (bytes: [UInt8], isFinal: Bool) {
        let job = try await job(id)
        let plan = try job.plan()
        guard job.outputPath != nil else {
            let bytes = try await viewDisk.run { [files] in
                try PreviewMaker.jpeg(of: Self.unfinished(job, plan, files), side: side)
            }
            return (bytes, false)
        }
        let (kept, scratch) = (try await keptPreview(job, plan), files.scratch(id))
        let bytes = try await viewDisk.run {
            guard side < PreviewMaker.side else { return [UInt8](try Data(contentsOf: URL(filePath: kept))) }
            let small = try Canvas.decode(kept, ImageHeader.read(path: kept), scratch: scratch)
            return try PreviewMaker.jpeg(of: small, side: side)
        }
        return (bytes, true)
    }

    /// The file of a completed job's preview; makes it where it was lost with the process that was to make it.
    private func keptPreview(_ job: JobRecord, _ plan: PassPlan) async throws -> String {
        let kept = files.preview(job.jobID)
        guard !FileManager.default.fileExists(atPath: kept), let output = job.outputPath else { return kept }
        let canvas = try await decoded(job, .result, plan.output, path: files.path(output))
        try await viewDisk.run {
            try Data(PreviewMaker.jpeg(of: canvas)).write(to: URL(filePath: kept), options: .atomic)
        }
        return kept
    }

    /// A JPEG to try the service with.
    func sample() async throws -> [UInt8] {
        try await viewDisk.run { try SampleImage.jpeg() }
    }
}
