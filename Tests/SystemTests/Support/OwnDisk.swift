import Foundation

/// A small file system in memory that only one process and its children see, for disks that are full.
enum OwnDisk {
    private static let unshare = ["/usr/bin/unshare", "--user", "--map-root-user", "--mount"]

    /// Whether this machine lets its users have namespaces; asked once.
    static let isPossible: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: unshare[0])
        process.arguments = unshare.dropFirst() + ["/bin/true"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// Where it cannot be, tests of it are skipped, but never where all tests have to count.
    static var isWanted: Bool { isPossible || ProcessInfo.processInfo.environment["CI"] != nil }

    /// The command that runs `command` with a new disk at `folder`, as a process of the same number.
    /// - Parameter files: where given, a folder whose files are on that disk, which is full then.
    static func command(_ command: [String], with folder: String, bytes: Int, files: String? = nil) throws -> [String] {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let mount = "mount -t tmpfs -o size=\(bytes) tmpfs \"$0\""
        guard let files else { return unshare + ["/bin/sh", "-c", "\(mount) && exec \"$@\"", folder] + command }
        // Of a file of zeros, all bytes take space here, too.
        let fill = "cp -a --sparse=never \"$1/.\" \"$0\" && { cat /dev/zero >\"$0/ballast\" 2>/dev/null; shift; }"
        return unshare + ["/bin/sh", "-c", "\(mount) && \(fill) && exec \"$@\"", folder, files] + command
    }

    /// The way from here to a path that the process sees.
    static func path(_ path: String, of process: ChildProcess) -> String { "/proc/\(process.pid)/root\(path)" }

    /// How many bytes may still be written to the disk of a file.
    static func freeBytes(at path: String) throws -> Int {
        let facts = try FileManager.default.attributesOfFileSystem(forPath: path)
        return (facts[.systemFreeSize] as? NSNumber)?.intValue ?? 0
    }
}

/// A file that takes space on a disk away.
struct Ballast: Sendable {
    let path: String

    init(on master: MasterProcess) { path = "\(master.dataDirectory)/ballast" }

    /// Takes this many bytes more; all there are where that is more than there is.
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
