import Foundation
import TileCore

/// Writes the finished image of a job: into a part file, onto the disk, then under its name.
struct ResultEncoder: Sendable {
    let files: JobFiles

    /// - Returns: the output's bytes.
    func encode(_ image: Canvas, of job: JobRecord) throws -> Int {
        let part = files.encoding(job.jobID, job.format)
        let output = files.path(JobFiles.outputName(job.jobID, job.format))
        do {
            let writer = try OpenCVImageWriter(
                path: part, size: image.size, format: image.format, encoding: job.encoding)
            try image.drain(into: writer)
            return try DurableFile.publish(part, as: output)
        } catch {
            files.remove(part)
            throw error
        }
    }
}
