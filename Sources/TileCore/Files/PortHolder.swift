internal import Foundation

/// The process that listens on a port of this machine, if this process is allowed to see it.
public struct PortHolder: Sendable, Hashable {
    public let pid: Int
    /// The program's name, which the kernel truncates to 15 bytes.
    public let program: String

    /// Finds the process. May take long, because it reads the open files of all processes.
    /// - Returns: `nil` if no process is found.
    public static func find(_ port: Int) -> PortHolder? {
        let sockets = Set(
            ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { table in
                inodes(listeningAt: port, in: (try? String(contentsOfFile: table, encoding: .utf8)) ?? "")
            }.map { "socket:[\($0)]" })
        guard !sockets.isEmpty else { return nil }
        let files = FileManager.default
        for name in (try? files.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = Int(name) else { continue }
            for number in (try? files.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? [] {
                guard let target = try? files.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\(number)"),
                    sockets.contains(target)
                else { continue }
                let program = (try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)) ?? ""
                return PortHolder(pid: pid, program: program.trimmingCharacters(in: .whitespacesAndNewlines))
            }
        }
        return nil
    }

    /// The inodes of the sockets that listen on a port, from a table like `/proc/net/tcp` (`proc(5)`).
    static func inodes(listeningAt port: Int, in table: String) -> [String] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            // 0A is TCP_LISTEN.
            guard fields.count > 9, fields[3] == "0A", let text = fields[1].split(separator: ":").last,
                Int(text, radix: 16) == port
            else { return nil }
            return String(fields[9])
        }
    }
}
