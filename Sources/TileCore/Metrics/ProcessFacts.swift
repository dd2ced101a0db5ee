internal import Foundation

/// What the system knows of this process. To ask takes a moment.
public struct ProcessFacts: Sendable {
    /// Ticks of a processor's time in a second; Linux shows no other number to programs (proc(5)).
    private static let ticks = 100.0

    private let cpuSeconds: Double
    private let residentBytes: Double
    private let openFiles: Double
    private let startTime: Double

    public init() {
        // Behind the program's name, which is in brackets and can have any sign in it.
        let text = (try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8)) ?? ""
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ").map(String.init)
        func field(_ number: Int) -> Double { fields.count > number ? Double(fields[number]) ?? .nan : .nan }
        cpuSeconds = (field(12) + field(13)) / Self.ticks
        let memory = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        residentBytes = (memory?.dropFirst().first.flatMap { Double($0) } ?? .nan) * Double(NSPageSize())
        openFiles = Double((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0)
        // Ticks after the machine's start.
        startTime = Self.boot + field(20) / Self.ticks
    }

    /// When the machine was started, in seconds since 1970.
    private static let boot =
        (try? String(contentsOfFile: "/proc/stat", encoding: .utf8))?
        .split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) } ?? .nan

    /// By the names that programs have in common.
    /// - Parameter name: of the program, in the texts.
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
            MetricFamily("process_max_fds", .gauge, "How many it may have open.", Double(OpenFileLimit.current)),
            MetricFamily(
                "process_start_time_seconds", .gauge, "When the \(name) was started, in seconds since 1970.",
                startTime),
        ]
    }
}
