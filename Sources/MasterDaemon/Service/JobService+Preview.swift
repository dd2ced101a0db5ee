import Foundation
import NIOPosix
import TileCore

extension JobService {
    /// A JPEG of at most 1024 px of what is finished so far: the last pass's canvas while it fills, the result later.
    /// - Returns: the file, and whether it would be the same at any later time.
    func preview(_ id: JobID) async throws -> (bytes: [UInt8], isFinal: Bool) {
        let job = try await job(id)
        let plan = try job.plan()
        let kept = files.preview(id)
        if let bytes = try? await viewPool.runIfActive({ [UInt8](try Data(contentsOf: URL(filePath: kept))) }) {
            return (bytes, true)
        }
        guard let output = job.outputPath else {
            let bytes = try await viewPool.runIfActive { [files] in
                try PreviewMaker.jpeg(of: Self.unfinished(job, plan, files))
            }
            return (bytes, false)
        }
        // The preview was lost with the process that was to make it.
        let canvas = try await decoded(job, .result, plan.output, path: files.path(output))
        return try await viewPool.runIfActive {
            let bytes = try PreviewMaker.jpeg(of: canvas)
            try? Data(bytes).write(to: URL(filePath: kept), options: .atomic)
            return (bytes, true)
        }
    }

    /// A JPEG to try the service with.
    func sample() async throws -> [UInt8] {
        try await viewPool.runIfActive { try SampleImage.jpeg() }
    }
}
