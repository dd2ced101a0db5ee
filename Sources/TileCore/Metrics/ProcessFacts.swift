internal import Foundation

/// The kernel's figures about this process. Reading them takes a moment.
public struct ProcessFacts: Sendable {
    /// Ticks per second in the kernel's times; always 100 for programs on Linux (proc(5)).
    private static let ticks = 100.0

    private let cpuSeconds: Double
    private let residentBytes: Double
    private let openFiles: Double
    private let startTime: Double

    public init() {
        // The fields after the program's name, which is in parentheses and can contain any character.
        let text = (try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8)) ?? ""
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ").map(String.init)
        func field(_ number: Int) -> Double { fields.count > number ? Double(fields[number]) ?? .nan : .nan }
        cpuSeconds = (field(12) + field(13)) / Self.ticks
        let memory = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        residentBytes = (memory?.dropFirst().first.flatMap { Double($0) } ?? .nan) * Double(NSPageSize())
        openFiles = Double((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0)
        // Field 20 is in ticks after the machine's start.
        startTime = Self.boot + field(20) / Self.ticks
    }

    /// The machine's start, in seconds since 1970.
    private static let boot =
        (try? String(contentsOfFile: "/proc/stat", encoding: .utf8))?
        .split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) } ?? .nan

    /// The metrics under the usual names for processes.
    /// - Parameter name: the program's name in the help texts.
    public func families(of name: String) -> [MetricFamily] {
        [
            MetricFamily(
                "process_cpu_seconds_total", .counter, "Processor time of the \(name), without its child processes.",
                cpuSeconds),
            MetricFamily(
                "process_resident_memory_bytes", .gauge, "Memory of the \(name), pages of files included.",
                residentBytes),
            MetricFamily(
                "process_open_fds", .gauge, "Files and connections that the \(name) has open.", openFiles),
            MetricFamily(
                "process_max_fds", .gauge, "Files and connections that the \(name) may have open.",
                Double(OpenFileLimit.current)),
            MetricFamily(
                "process_start_time_seconds", .gauge, "When the \(name) was started, in seconds since 1970.",
                startTime),
        ]
    }
}
