import Foundation
import Subprocess
import Synchronization
import SystemPackage

/// A program that runs beside a test. Its output goes to files, so it never waits for a reader.
final class ChildProcess: Sendable {
    let name: String
    let pid: Int32
    private let outputPath: String
    private let errorPath: String
    private let run: Task<TerminationStatus, any Error>
    private let ended: Mutex<Bool>

    private init(
        name: String, pid: Int32, outputPath: String, errorPath: String, run: Task<TerminationStatus, any Error>
    ) {
        self.name = name
        self.pid = pid
        self.outputPath = outputPath
        self.errorPath = errorPath
        self.run = run
        ended = Mutex(false)
        Task {
            _ = await run.result
            self.ended.withLock { $0 = true }
        }
    }

    /// - Parameter folder: the folder for its output files.
    static func start(
        _ program: String, _ arguments: [String], name: String, environment: [String: String], in folder: String
    ) async throws -> ChildProcess {
        let (outputPath, errorPath) = ("\(folder)/\(name).out", "\(folder)/\(name).err")
        let (started, report) = AsyncStream<Int32>.makeStream()
        let run = Task {
            defer { report.finish() }
            let output = try file(outputPath)
            let error = try file(errorPath)
            let result = try await Subprocess.run(
                .path(FilePath(program)), arguments: Arguments(arguments),
                environment: Programs.environment(environment), input: .none,
                output: .fileDescriptor(output, closeAfterSpawningProcess: true),
                error: .fileDescriptor(error, closeAfterSpawningProcess: true)
            ) { execution in
                report.yield(execution.processIdentifier.value)
                report.finish()
            }
            return result.terminationStatus
        }
        for await pid in started {
            return ChildProcess(name: name, pid: pid, outputPath: outputPath, errorPath: errorPath, run: run)
        }
        _ = try await run.value
        throw BenchError("\(program) was not started")
    }

    private static func file(_ path: String) throws -> FileDescriptor {
        try FileDescriptor.open(
            FilePath(path), .writeOnly, options: [.create, .truncate, .append, .closeOnExec],
            permissions: .ownerReadWrite)
    }

    var output: String { Self.text(outputPath) }
    var errorOutput: String { Self.text(errorPath) }
    var hasEnded: Bool { ended.withLock { $0 } }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    func send(_ signal: Int32) {
        // After the wait, another process may have the id.
        if !hasEnded { kill(pid, signal) }
    }

    /// How it ended, once it has.
    func status() async throws -> TerminationStatus { try await run.value }

    /// How it ended. Throws if it takes longer than `seconds`.
    func status(within seconds: Double) async throws -> TerminationStatus {
        try await eventually("\(name) ends", within: seconds) { hasEnded ? true : nil }
        return try await run.value
    }

    /// Ends the process, in order if it obeys.
    func end() async {
        send(SIGTERM)
        do {
            _ = try await status(within: 10)
        } catch {
            send(SIGKILL)
            _ = await run.result
        }
    }
}

/// An error of the tests' own tools.
struct BenchError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
