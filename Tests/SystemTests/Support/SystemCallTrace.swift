import Foundation

/// The system calls of a process that bring files and names onto the disk, as strace(1) writes them down. A call stands
/// there before the process goes on with its result.
struct SystemCallTrace: Sendable {
    private static let strace = "/usr/bin/strace"
    private static let calls = "fsync,fdatasync,rename,renameat,renameat2,sync_file_range"

    /// Whether this machine has strace and lets it trace; asked once.
    static let isPossible: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: strace)
        process.arguments = ["-D", "-o", "/dev/null", "/bin/true"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// Where it cannot be, tests of it are skipped, but never where all tests have to count.
    static var isWanted: Bool { isPossible || ProcessInfo.processInfo.environment["CI"] != nil }

    let path: String

    /// The command that runs another one traced, as a process of the same number.
    var command: [String] {
        [Self.strace, "-D", "-f", "--seccomp-bpf", "-y", "-s", "4096", "-e", "trace=\(Self.calls)", "-o", path]
    }

    private var lines: [Substring] {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self).split(separator: "\n")
    }

    /// Where in the trace the file or folder was synced for the first time, after `earlier` if that is given.
    func sync(of file: String, after earlier: Int = -1) -> Int? { sync(after: earlier) { $0.contains("<\(file)>") } }

    /// Where in the trace the kernel was first asked to begin writing a file of this folder.
    func writeback(in folder: String) -> Int? {
        lines.firstIndex { $0.contains("sync_file_range(") && $0.contains("<\(folder)/") }
    }

    /// The same for any file of this name.
    func sync(named name: String) -> Int? { sync(after: -1) { $0.contains("/\(name)>") } }

    private func sync(after earlier: Int, _ isMeant: (Substring) -> Bool) -> Int? {
        let lines = lines
        return lines.indices.first { $0 > earlier && lines[$0].contains("sync(") && isMeant(lines[$0]) }
    }

    /// Where in the trace something was renamed to this path.
    func rename(to file: String) -> Int? {
        lines.firstIndex { $0.contains(" rename") && $0.contains(", \"\(file)\"") }
    }
}
