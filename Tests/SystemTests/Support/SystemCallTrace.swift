import Foundation

/// The system calls of a process that bring files and names onto the disk, as strace(1) records them. A call is
/// recorded before the process continues with its result.
struct SystemCallTrace: Sendable {
    private static let strace = "/usr/bin/strace"
    private static let calls = "fsync,fdatasync,rename,renameat,renameat2,sync_file_range"

    /// Whether this machine has strace and lets it trace. Asked once.
    static let isPossible: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: strace)
        process.arguments = ["-D", "-o", "/dev/null", "/bin/true"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// Without strace these tests are skipped, but never in runs that have to include all tests.
    static var isWanted: Bool { isPossible || ProcessInfo.processInfo.environment["CI"] != nil }

    let path: String

    /// The command that runs another one traced, under the same process id.
    var command: [String] {
        [Self.strace, "-D", "-f", "--seccomp-bpf", "-y", "-s", "4096", "-e", "trace=\(Self.calls)", "-o", path]
    }

    private var lines: [Substring] {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self).split(separator: "\n")
    }

    /// The position in the trace where the file or folder is first synced, after `earlier` if that is given.
    func sync(of file: String, after earlier: Int = -1) -> Int? { sync(after: earlier) { $0.contains("<\(file)>") } }

    /// The position in the trace where the kernel is first asked to write back a file of this folder.
    func writeback(in folder: String) -> Int? {
        lines.firstIndex { $0.contains("sync_file_range(") && $0.contains("<\(folder)/") }
    }

    /// The position where any file of this name is first synced.
    func sync(named name: String) -> Int? { sync(after: -1) { $0.contains("/\(name)>") } }

    private func sync(after earlier: Int, _ isMeant: (Substring) -> Bool) -> Int? {
        let lines = lines
        return lines.indices.first { $0 > earlier && lines[$0].contains("sync(") && isMeant(lines[$0]) }
    }

    /// The position in the trace where something is renamed to this path.
    func rename(to file: String) -> Int? {
        lines.firstIndex { $0.contains(" rename") && $0.contains(", \"\(file)\"") }
    }
}
