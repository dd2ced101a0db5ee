import Foundation

/// A small file system in memory that only one process and its children see. It serves tests of full disks.
enum OwnDisk {
    private static let unshare = ["/usr/bin/unshare", "--user", "--map-root-user", "--mount"]

    /// Whether this machine lets users make namespaces. Asked once.
    static let isPossible: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: unshare[0])
        process.arguments = unshare.dropFirst() + ["/bin/true"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// Without namespaces these tests are skipped, but never in runs that have to include all tests.
    static var isWanted: Bool { isPossible || ProcessInfo.processInfo.environment["CI"] != nil }

    /// The command that runs `command` with a new disk at `folder`, under the same process id.
    /// - Parameter files: if given, a folder whose files are copied to that disk. Then the rest of the disk is filled.
    static func command(_ command: [String], with folder: String, bytes: Int, files: String? = nil) throws -> [String] {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let mount = "mount -t tmpfs -o size=\(bytes) tmpfs \"$0\""
        guard let files else { return unshare + ["/bin/sh", "-c", "\(mount) && exec \"$@\"", folder] + command }
        // Zeros take space on the disk, too, so they must not become holes.
        let fill = "cp -a --sparse=never \"$1/.\" \"$0\" && { cat /dev/zero >\"$0/ballast\" 2>/dev/null; shift; }"
        return unshare + ["/bin/sh", "-c", "\(mount) && \(fill) && exec \"$@\"", folder, files] + command
    }

    /// The path by which the tests reach a file that has `path` for the process.
    static func path(_ path: String, of process: ChildProcess) -> String { "/proc/\(process.pid)/root\(path)" }

    /// The number of bytes that can still be written to the disk of a file.
    static func freeBytes(at path: String) throws -> Int {
        let facts = try FileManager.default.attributesOfFileSystem(forPath: path)
        return (facts[.systemFreeSize] as? NSNumber)?.intValue ?? 0
    }
}

/// A file that takes up space on a disk.
struct Ballast: Sendable {
    let path: String

    init(on master: MasterProcess) { path = "\(master.dataDirectory)/ballast" }

    /// Takes this many bytes more, or all that are free.
    func add(_ bytes: Int) throws {
        if !FileManager.default.fileExists(atPath: path) {
            try Data().write(to: URL(filePath: path))
        }
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        defer { try? file.close() }
        try file.seekToEnd()
        let page = Data(count: 4096)
        for _ in 0..<(bytes / page.count) where (try? file.write(contentsOf: page)) == nil { return }
    }

    func remove() throws { try FileManager.default.removeItem(atPath: path) }
}
