import TileCore

/// Checks that a data directory can be used or created.
struct DataDirectoryCheck: Sendable {
    let path: String

    func finding() -> Finding {
        let subject = "data directory"
        let place = RawPath(path)
        guard let obstacle = FileObstacle.find(at: place, for: .fill) else {
            guard let facts = try? FileFacts.of(place), facts.mode & 0o077 != 0 else { return .ok(subject, path) }
            return .warning(subject, "other users can read \(path)", do: "chmod 700 \(path)")
        }
        guard obstacle.isMissing else { return .fault(subject, "\(path) cannot be used: \(obstacle)") }
        // The master also creates missing folders above it.
        var folder = place.withoutSlashAtEnd.folder
        while let obstacle = FileObstacle.find(at: folder, for: .fill) {
            guard obstacle.isMissing, folder != folder.folder else {
                return .fault(subject, "\(path) cannot be created in \(folder): \(obstacle)")
            }
            folder = folder.folder
        }
        return .ok(subject, "\(path) does not exist yet; the master creates it")
    }
}
