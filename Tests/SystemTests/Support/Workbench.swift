import Foundation
import Synchronization
import Testing

/// A test's own folder, and the processes that it has started.
final class Workbench: Sendable {
    let folder: String
    private let children = Mutex<[ChildProcess]>([])
    private let isKept = Mutex(false)

    private init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "tilework-system-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// Calls `body` with a bench. After that the bench's processes have ended and its folder is removed, even after an
    /// error.
    static func with<R>(_ body: (Workbench) async throws -> R) async throws -> R {
        let bench = try Workbench()
        do {
            let result = try await body(bench)
            await bench.clear()
            return result
        } catch {
            let logs = bench.logs
            await bench.clear()
            Issue.record("\(error)\n\(logs)")
            throw error
        }
    }

    /// Keeps the folder afterwards, for a person to look at.
    func keep() { isKept.withLock { $0 = true } }

    func file(_ name: String) -> String { "\(folder)/\(name)" }

    /// Returns once a `process` with its output in this folder has made its temporary file. Next, the command works on
    /// the image.
    func workHasBegun() async throws {
        try await eventually("the work has begun", within: 60) {
            try FileManager.default.contentsOfDirectory(atPath: folder).contains { $0.hasPrefix(".tilework-") }
                ? true : nil
        }
    }

    func start(
        _ program: String, _ arguments: [String], name: String, environment: [String: String] = [:]
    ) async throws -> ChildProcess {
        let number = children.withLock { $0.count }
        let child = try await ChildProcess.start(
            program, arguments, name: "\(name)-\(number)", environment: environment, in: folder)
        children.withLock { $0.append(child) }
        return child
    }

    /// The last lines of each process's output.
    private var logs: String {
        children.withLock { $0 }.map { child in
            let lines = child.errorOutput.split(separator: "\n").suffix(30).joined(separator: "\n")
            return "--- \(child.name) \(child.pid)\(child.hasEnded ? ", ended" : "")\n\(lines)"
        }.joined(separator: "\n")
    }

    private func clear() async {
        // The last started process ends first, so workers leave before their master.
        for child in children.withLock({ $0 }).reversed() { await child.end() }
        if !isKept.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: folder) }
    }
}
