import Foundation
import TileCodecs
import TileCore

/// The file of an image's overviews while it is written. It has another name until it is complete. Its errors are
/// reported, but do not affect the image.
struct OverviewFile: Sendable {
    /// The file's path until it is complete.
    let part: String
    let path: String
    /// Called with the reason if there will be no overviews.
    let report: @Sendable (_ reason: String) -> Void

    /// Begins the file again. The file of an earlier attempt is removed first, even if the new one cannot be made.
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

    /// Ends the file, once the image is complete. Without a failure, the file gets its name.
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

    /// Removes the file, because the image was not completed.
    func discard() { remove(part) }

    private func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
