import Foundation

/// A running master and its API.
struct MasterProcess: Sendable {
    let process: ChildProcess
    let api: API
    let dataDirectory: String

    var url: String { api.base.absoluteString }

    /// Returns once the master is ready for jobs.
    func isReady() async throws {
        try await eventually("the master is ready for jobs", within: 60) {
            if process.hasEnded { throw BenchError("the master has ended: \(process.errorOutput)") }
            return try await api.get("/readyz").status == 200 ? true : nil
        }
    }

    /// The files and folders that the master keeps for jobs, for example `uploads/…`.
    func jobFiles() -> Set<String> {
        let all = FileManager.default.enumerator(atPath: dataDirectory)?.compactMap { $0 as? String } ?? []
        // The lender's name and spare canvases belong to no job.
        return Set(all.filter { $0.contains("/") && $0 != "canvas/lender" && !$0.hasPrefix("canvas/spare") })
    }
}

extension Workbench {
    /// Starts `serve` on a free port and waits until it takes requests.
    /// - Parameters:
    ///   - dataDirectory: by default, a new one.
    ///   - disk: if given, the data directory is on a disk of its own with this many bytes.
    ///   - files: a folder whose files are copied to that disk. Then the rest of the disk is filled.
    ///   - tracer: a command that starts the master.
    ///   - awaitsCluster: whether to wait until the master is in the cluster that `arguments` name.
    func startMaster(
        _ arguments: [String] = [], dataDirectory: String? = nil, disk: Int? = nil, files: String? = nil,
        port: Int = 0, environment: [String: String] = [:], tracer: [String] = [],
        awaitsCluster: Bool = true
    ) async throws -> MasterProcess {
        let data = dataDirectory ?? file("data-\(UUID().uuidString.prefix(8))")
        var command = tracer + [Programs.master, "serve", "--port", "\(port)", "--data-dir", data] + arguments
        if let disk { command = try OwnDisk.command(command, with: data, bytes: disk, files: files) }
        let process = try await start(
            command[0], Array(command.dropFirst()), name: "master", environment: environment)
        let url = try await eventually("the master is ready", within: 30) {
            if let url = Self.readyURL(process.output) { return url }
            if process.hasEnded { throw BenchError("the master has ended: \(process.errorOutput)") }
            return nil
        }
        let master = MasterProcess(
            process: process, api: API(base: url),
            dataDirectory: disk == nil ? data : OwnDisk.path(data, of: process))
        if awaitsCluster, arguments.contains("--brokers") { try await master.isReady() }
        return master
    }

    /// Starts a worker by hand, as a user would.
    func startWorker(
        _ id: String, of master: MasterProcess, _ arguments: [String] = [], environment: [String: String] = [:]
    ) async throws -> ChildProcess {
        try await start(
            Programs.worker, [id, "--master", master.url] + arguments, name: id, environment: environment)
    }

    private static func readyURL(_ output: String) -> URL? {
        guard output.hasSuffix("\n"), let line = output.split(separator: "\n").first else { return nil }
        for opening in ["Tilework is ready at ", "Tilework is at "] where line.hasPrefix(opening) {
            return URL(string: String(line.dropFirst(opening.count).prefix { $0 != ";" }))
        }
        return nil
    }
}
