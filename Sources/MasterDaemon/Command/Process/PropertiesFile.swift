import Foundation
import Synchronization

/// Properties of Kafka clients in a file for workers of this process's own, since a command line is no place for passwords.
/// Only its owner can read it, and it is gone with the process.
final class PropertiesFile: Sendable {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "tilework-\(UUID().uuidString)")
    private let leftovers: Leftovers
    private let entry = Mutex<Int?>(nil)

    init(leftovers: Leftovers) { self.leftovers = leftovers }

    /// - Returns: the file's path; `nil` if there are no properties.
    func write(_ properties: [String: String]) throws -> String? {
        guard !properties.isEmpty else { return nil }
        let folder = folder
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let added = leftovers.add { try? FileManager.default.removeItem(at: folder) }
        entry.withLock { $0 = added }
        return try JobFiles(root: folder).writeClientProperties(properties)
    }

    func remove() {
        guard let added = entry.withLock({ $0 }) else { return }
        try? FileManager.default.removeItem(at: folder)
        leftovers.remove(added)
    }
}
