import Foundation

/// The most memory that a process was seen to have, in MiB.
///
/// Canvases are mapped files: their pages count as the process's for as long as nobody else needs the room. What it
/// really holds on to is anonymous memory.
struct MemoryPeak: CustomStringConvertible {
    private(set) var anonymous = 0
    private(set) var mapped = 0
    private(set) var all = 0
    private let path: String

    init(of process: ChildProcess) {
        path = "/proc/\(process.pid)/status"
    }

    mutating func sample() {
        let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
        func mebibytes(_ name: String) -> Int {
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name + ":") }) else { return 0 }
            return (line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0)
                / 1024
        }
        anonymous = max(anonymous, mebibytes("RssAnon"))
        mapped = max(mapped, mebibytes("RssFile"))
        all = max(all, mebibytes("VmHWM"))
    }

    var description: String { "memory \(anonymous) MiB, with pages of mapped files \(all) MiB (\(mapped) MiB of them)" }
}
