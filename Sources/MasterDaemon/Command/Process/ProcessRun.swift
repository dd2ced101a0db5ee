import Foundation
import ServiceLifecycle
import Synchronization
import TileCore

/// Does the files of a `process` command, all at once, and shows how far they are.
final class ProcessRun: Service {
    private let work: FileWork
    private let service: JobService
    private let dispatcher: Dispatcher
    private let failed = Mutex(0)
    /// The accepted jobs and how many tiles each has.
    private let jobs = Mutex<[JobID: Int]>([:])

    init(work: FileWork, service: JobService, dispatcher: Dispatcher) {
        self.work = work
        self.service = service
        self.dispatcher = dispatcher
    }

    /// Files that could not be done.
    var failures: Int { failed.withLock { $0 } }

    func run() async throws {
        let start = ContinuousClock.now
        let display = ProgressDisplay()
        // Interrupted, nothing is complete that was not complete before.
        failed.withLock { $0 = work.items.count }
        try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: Void.self) { group in
                let watch = Task { try await self.watch(display) }
                defer { watch.cancel() }
                for item in self.work.items {
                    group.addTask {
                        do {
                            try await self.process(item)
                            self.failed.withLock { $0 -= 1 }
                        } catch let error as ServiceError {
                            display.line("\(item.input): \(error.detail)")
                        } catch let error as JobFailure {
                            display.line("\(item.input): \(error.reason)")
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let tiles = jobs.withLock { $0.values.reduce(0, +) }
        display.finish(
            "\(work.items.count - failures) of \(work.items.count) done, \(tiles) tiles in "
                + "\(ProgressDisplay.decimal(seconds)) s, \(ProgressDisplay.decimal(Double(tiles) / seconds)) tiles/s")
    }

    private func process(_ item: FileWork.Item) async throws {
        let id = JobID.make()
        let source = service.files.source(id)
        do {
            try FileManager.default.copyItem(atPath: item.input, toPath: source)
        } catch {
            throw ServiceError(.badRequest, "it cannot be copied for work: \(error.localizedDescription)")
        }
        let job = try await service.submit(id, item.request)
        jobs.withLock { $0[job.jobID] = job.tileCount }
        let done = try await service.waitUntilFinal(id)
        guard let name = done.outputPath else {
            throw JobFailure(reason: done.error ?? "the job was \(done.status.rawValue)")
        }
        try Self.deliver(service.files.path(name), to: item.output)
        try await service.delete(id)
    }

    /// Beside its place first, so that an old output is replaced whole or not at all.
    private static func deliver(_ path: String, to output: String) throws {
        let part = output + ".part"
        do {
            try? FileManager.default.removeItem(atPath: part)
            try FileManager.default.copyItem(atPath: path, toPath: part)
            try DurableFile.publish(part, as: output)
        } catch {
            try? FileManager.default.removeItem(atPath: part)
            throw JobFailure(reason: "the output \(output) cannot be written: \(error.localizedDescription)")
        }
    }

    private func watch(_ display: ProgressDisplay) async throws {
        while !Task.isCancelled {
            try await Task.sleep(for: .milliseconds(display.isTerminal ? 100 : 2000))
            let known = jobs.withLock { $0 }
            let counts = try await service.store.tileCounts(Array(known.keys))
            let remaining = counts.values.reduce(0) { $0 + $1.total - $1.completed }
            display.show(
                total: known.values.reduce(0, +), remaining: remaining, rate: await dispatcher.rate)
        }
    }
}
