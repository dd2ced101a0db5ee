import Foundation
import TileCore

/// A folder that is its owner's alone: what lies in it are other people's images, and keys.
enum PrivateFolder {
    private static var mode: [FileAttributeKey: Any] { [.posixPermissions: 0o700] }
    /// By these a data directory is known.
    private static let marks = ["tilework.sqlite3", "keys.json"]

    /// Makes the folder if it is missing. One that others may look into is closed to them, if it is a data directory or
    /// empty. Any other folder is somebody's, and stays as it is until a start finds the master's own files in it.
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
            // Where it is missing, it is the folder around it that does not take it.
            let obstacle = FileObstacle.find(at: place, for: .fill)
            let why =
                obstacle.map { $0.isMissing ? FileObstacle.find(at: place.folder, for: .fill) ?? $0 : $0 }?.description
            throw ServiceError(
                .startup,
                "the data directory \(path) cannot be made or closed to others: \(why ?? error.localizedDescription)")
        }
    }
}
