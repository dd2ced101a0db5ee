import Foundation

/// A folder that is its owner's alone: what lies in it are other people's images, and keys.
enum PrivateFolder {
    private static var mode: [FileAttributeKey: Any] { [.posixPermissions: 0o700] }

    /// Makes the folder if it is missing, and closes it to others if it was open.
    static func make(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: mode)
            try FileManager.default.setAttributes(mode, ofItemAtPath: path)
        } catch {
            throw ServiceError(
                .startup, "the data directory \(path) cannot be made or closed to others: \(error.localizedDescription)"
            )
        }
    }
}
