import Foundation

/// The maximum memory of a process, in MB.
///
/// The kernel keeps the peak of the whole resident set, which includes mapped files. Only samples show its parts.
struct MemoryPeak: CustomStringConvertible {
    private(set) var resident = 0
    private var anonymous = 0
    private var mapped = 0
    private let path: String

    init(of process: ChildProcess) {
        path = "/proc/\(process.pid)/status"
    }

    mutating func sample() {
        let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
        func megabytes(_ name: String) -> Int {
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name + ":") }) else { return 0 }
            let number = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
            return (number.flatMap { Int($0) } ?? 0) * 1024 / 1_000_000
        }
        resident = max(resident, megabytes("VmHWM"))
        anonymous = max(anonymous, megabytes("RssAnon"))
        mapped = max(mapped, megabytes("RssFile"))
    }

    var description: String {
        "resident \(resident) MB at most; in samples anonymous \(anonymous) MB, mapped files \(mapped) MB"
    }
}
