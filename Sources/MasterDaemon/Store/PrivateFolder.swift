import Foundation
import TileCore

/// A folder that only its owner may access, because it holds other people's images and keys.
enum PrivateFolder {
    private static var mode: [FileAttributeKey: Any] { [.posixPermissions: 0o700] }
    /// A folder with one of these files is a data directory.
    private static let marks = ["tilework.sqlite3", "keys.json"]

    /// Creates the folder if it is missing. Removes the access of others if the folder is a data directory or empty. Other
    /// folders are left as they are, because they have another use.
    /// - Throws: `ServiceError` with the obstacle.
    static func make(_ path: String) throws {
        do {
            let manager = FileManager.default
            try manager.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: mode)
            let names = try manager.contentsOfDirectory(atPath: path)
            guard names.isEmpty || names.contains(where: marks.contains),
                try FileFacts.of(RawPath(path)).mode & 0o077 != 0
            else { return }
            try manager.setAttributes(mode, ofItemAtPath: path)
        } catch {
            let place = RawPath(path)
            // If the folder is missing, the obstacle is in its parent folder.
            let obstacle = FileObstacle.find(at: place, for: .fill)
            let why =
                obstacle.map { $0.isMissing ? FileObstacle.find(at: place.folder, for: .fill) ?? $0 : $0 }?.description
            throw ServiceError(
                .startup,
                "the data directory \(path) cannot be created or made private: \(why ?? error.localizedDescription)")
        }
    }
}
