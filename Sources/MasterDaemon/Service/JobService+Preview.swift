import Foundation
import NIOPosix
import TileCore

extension JobService {
    /// A JPEG of at most 1024 px of what is finished so far: the last pass's canvas while it fills, the result later.
    func preview(_ id: JobID) async throws -> [UInt8] {
        let job = try await job(id)
        let plan = try job.plan()
        let files = files
        return try await pool.runIfActive {
            if let data = try? Data(contentsOf: URL(filePath: files.preview(id))) { return [UInt8](data) }
            if let output = job.outputPath { return try Self.preview(ofFile: files.path(output), job, files) }
            let pass = min(job.pass, plan.passes.count - 1)
            guard
                let canvas = try? Canvas.open(
                    path: files.canvas(id, before: pass + 1), size: job.size,
                    format: plan.passes[pass].geometry.output)
            else { throw ServiceError(.wrongState, "the job is \(job.status.rawValue) and nothing of it is finished") }
            return try PreviewMaker.jpeg(of: canvas)
        }
    }

    /// A JPEG to try the service with.
    func sample() async throws -> [UInt8] {
        try await pool.runIfActive { try SampleImage.jpeg() }
    }

    /// From the output, where the preview was lost with the process that was to make it; kept for the next time.
    private static func preview(ofFile path: String, _ job: JobRecord, _ files: JobFiles) throws -> [UInt8] {
        let header = try ImageHeader.read(path: path)
        let temporary = files.preview(job.jobID) + ".raw"
        defer { files.remove(temporary) }
        let canvas = try Canvas.create(path: temporary, size: header.size, format: header.pixelFormat)
        try canvas.fill(from: OpenCVImageReader(path: path, header: header))
        let bytes = try PreviewMaker.jpeg(of: canvas)
        try? Data(bytes).write(to: URL(filePath: files.preview(job.jobID)), options: .atomic)
        return bytes
    }
}
