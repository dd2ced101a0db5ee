import Foundation
import TileCore

extension MasterProcess {
    /// The process ids of its codec processes.
    func codecs() -> [Int32] {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.compactMap { Int32($0) }.filter { pid in
            let stat = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
            let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
            let command = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
            return fields.count > 1 && fields[1] == "\(process.pid)" && command == Data("master-main\0codec\0".utf8)
        }
    }

    /// The observed maximum of a master's memory and disk space, in bytes.
    struct Peak: Sendable {
        /// The largest anonymous memory of a codec process.
        var codec = 0
        /// Anonymous memory of the master.
        var master = 0
        /// The allocated blocks of all files in the data directory.
        var disk = 0
    }

    /// Samples many times a second while `body` runs.
    func peak(during body: () async throws -> Void) async throws -> Peak {
        let watch = Task {
            var peak = Peak()
            while !Task.isCancelled {
                for pid in codecs() { peak.codec = max(peak.codec, Self.anonymousBytes(of: pid)) }
                peak.master = max(peak.master, Self.anonymousBytes(of: process.pid))
                peak.disk = max(peak.disk, diskBytes)
                try? await Task.sleep(for: .milliseconds(10))
            }
            return peak
        }
        defer { watch.cancel() }
        try await body()
        watch.cancel()
        return await watch.value
    }

    private static func anonymousBytes(of pid: Int32) -> Int {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        return (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) << 10
    }

    private var diskBytes: Int {
        let names = FileManager.default.enumerator(atPath: dataDirectory)?.compactMap { $0 as? String } ?? []
        return names.reduce(0) { $0 + DiskUsage.bytes(ofFile: "\(dataDirectory)/\($1)") }
    }
}
