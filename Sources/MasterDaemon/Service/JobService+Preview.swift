import Foundation
import NIOPosix
import TileCore

extension JobService {
    /// A JPEG of at most 1024 px of what is finished so far: the last pass's canvas while it fills, the result later.
    func preview(_ id: JobID) async throws -> [UInt8] {
        let job = try await job(id)
        let plan = try job.plan()
        let kept = files.preview(id)
        if let bytes = try? await pool.runIfActive({ [UInt8](try Data(contentsOf: URL(filePath: kept))) }) {
            return bytes
        }
        guard let output = job.outputPath else {
            return try await pool.runIfActive { [files] in
                try PreviewMaker.jpeg(of: Self.unfinished(job, plan, files))
            }
        }
        // The preview was lost with the process that was to make it.
        let canvas = try await decoded(job, .result, plan.output, path: files.path(output))
        return try await pool.runIfActive {
            let bytes = try PreviewMaker.jpeg(of: canvas)
            try? Data(bytes).write(to: URL(filePath: kept), options: .atomic)
            return bytes
        }
    }

    /// A JPEG to try the service with.
    func sample() async throws -> [UInt8] {
        try await pool.runIfActive { try SampleImage.jpeg() }
    }
}
