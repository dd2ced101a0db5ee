import Foundation
import TileCodecs
import TileCore

/// The file of an image's overviews while it is made: under another name until it is complete. What goes wrong with it is
/// reported and does not concern the image.
struct OverviewFile: Sendable {
    /// What it is called until it is complete.
    let part: String
    let path: String
    /// Told why there will be no overviews.
    let report: @Sendable (_ reason: String) -> Void

    /// Begins the file anew. One of an earlier attempt is removed, whatever becomes of this one.
    /// - Returns: `nil` if it cannot be made.
    func begin() -> OwnedDescriptor? {
        remove(path)
        do {
            return try OwnedDescriptor(creating: part)
        } catch {
            report("\(part): \(error.reason)")
            return nil
        }
    }

    /// The image is complete, and so is the file unless there was a failure.
    func end(_ failure: String?) {
        if let failure {
            report(failure)
            return discard()
        }
        do {
            try Canvas.rename(part, to: path)
        } catch {
            report(error.reason)
            discard()
        }
    }

    /// The image was not completed, and so the file is not.
    func discard() { remove(part) }

    private func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
