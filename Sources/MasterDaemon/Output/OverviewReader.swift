import Logging
import TileCodecs
import TileCore

/// Reads regions of jobs' images from the overviews of these images. Can wait for a disk.
struct OverviewReader: Sendable {
    let files: JobFiles
    let codecs: any ImageCodecs
    let logger: Logger

    /// A region from overviews.
    /// - Parameters:
    ///   - format: the format of the image.
    ///   - side: no side of the shown picture will be longer.
    /// - Returns: `nil` if there are no overviews, or none that large. Overviews that cannot be read are removed.
    /// - Throws: `ServiceError`, `CancellationError`.
    func canvas(
        _ job: JobRecord, _ image: JobImage, _ format: PixelFormat, showing region: TileRegion, side: Int
    ) throws -> Canvas? {
        guard let part = Overviews(of: job.size).part(showing: region, side: side) else { return nil }
        guard files.hasOverviews(job.jobID, image) else { return nil }
        let path = files.overviews(job.jobID, image)
        do {
            let canvas = try Canvas.unnamed(
                in: files.scratch, size: part.region.size, format: format.with(depth: .eight))
            try codecs.readOverview(path, part, into: canvas)
            return canvas
        } catch let error as ImageFileError {
            giveUp(job, image, error.description, isDamaged: error.code != .inaccessible && error.shortage == nil)
        } catch let error as ImagingError {
            giveUp(job, image, error.reason, isDamaged: error.code == .undecodable && error.shortage == nil)
        }
        return nil
    }

    /// A job's whole result from overviews, for its preview.
    /// - Returns: `nil` if there are none.
    /// - Throws: `ServiceError`, `CancellationError`.
    func preview(of job: JobRecord) throws -> Canvas? {
        let format = job.format.without(alphaOf: try job.plan().output)
        return try canvas(job, .result, format, showing: TileRegion(whole: job.size), side: PreviewMaker.side)
    }

    /// Logs the failure. The image is then shown without overviews.
    private func giveUp(_ job: JobRecord, _ image: JobImage, _ reason: String, isDamaged: Bool) {
        // The job may have been deleted meanwhile.
        guard files.hasOverviews(job.jobID, image) else { return }
        let path = files.overviews(job.jobID, image)
        logger.warning(
            "overviews cannot be read; regions of this image take longer",
            metadata: [LogKey.job: "\(job.jobID)", LogKey.reason: "\(path): \(reason)"])
        if isDamaged { files.remove(path) }
    }
}
