import Foundation
import TileCore

/// Size and free space of the file system that holds the jobs. Reading them can wait for the disk.
struct DiskFacts: Sendable {
    private let freeBytes: Double
    private let bytes: Double

    init(of folder: String) {
        let disk = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        freeBytes = (disk?[.systemFreeSize] as? NSNumber)?.doubleValue ?? .nan
        bytes = (disk?[.systemSize] as? NSNumber)?.doubleValue ?? .nan
    }

    var families: [MetricFamily] {
        [
            MetricFamily("tilework_disk_free_bytes", .gauge, "Space that is left where jobs are kept.", freeBytes),
            MetricFamily("tilework_disk_size_bytes", .gauge, "Space of the disk where jobs are kept.", bytes),
        ]
    }
}
