import Foundation
import Logging
import TileCore

/// The overviews that a run makes of its job's images.
struct JobOverviews: Sendable {
    let job: JobID
    let jobFiles: JobFiles
    let logger: Logger

    var files: (source: OverviewFile, result: OverviewFile) { (file(of: .source), file(of: .result)) }

    private func file(of image: JobImage) -> OverviewFile {
        OverviewFile(part: jobFiles.makingOverviews(job, image), path: jobFiles.overviews(job, image)) { reason in
            report(image, reason)
        }
    }

    private func report(_ image: JobImage, _ reason: String) {
        logger.warning(
            "no overviews of the \(image.rawValue); regions of it take longer",
            metadata: [LogKey.job: "\(job)", LogKey.reason: "\(reason)"])
    }

    /// Syncs the overviews to the disk. If the machine crashes before that, they are made anew, as canvases are.
    func keep() {
        for image in JobImage.allCases where jobFiles.hasOverviews(job, image) {
            let path = jobFiles.overviews(job, image)
            do {
                try DurableFile.sync(path)
            } catch {
                report(image, error.reason)
                jobFiles.remove(path)
            }
        }
    }
}
