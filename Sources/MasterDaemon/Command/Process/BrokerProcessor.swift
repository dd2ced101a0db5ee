import Foundation
import Logging
import NIOPosix
import ServiceLifecycle
import TileCore

/// Processes images with a master of its own: a broker, a database, workers.
struct BrokerProcessor: ImageProcessor {
    let service: JobService
    private let intake: Intake

    /// Lends a processor, and ends its parts in order afterwards.
    static func with<R: Sendable>(
        _ settings: MasterSettings, logger: Logger, _ body: @escaping @Sendable (BrokerProcessor) async throws -> R
    ) async throws -> R {
        let master = try await Master(settings: settings, logger: logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: master.services.map {
                    .init(service: $0, failureTerminationBehavior: .gracefullyShutdownGroup)
                }, logger: QuietLog.logger("master", settings.logLevel)))
        let parts = Task { try await group.run() }
        let work = Task {
            try await body(BrokerProcessor(service: master.service, intake: master.service.intake))
        }
        // Nobody would answer any more.
        let watch = Task {
            _ = await parts.result
            work.cancel()
        }
        let result = await withTaskCancellationHandler {
            await work.result
        } onCancel: {
            work.cancel()
        }
        watch.cancel()
        await group.triggerGracefulShutdown()
        let end = await parts.result
        await master.close()
        if case .failure(let error) = end, !(error is CancellationError) { throw error }
        return try result.get()
    }

    func check(source: String, request: JobRequest) throws(ServiceError) {
        _ = try intake.admit(.make(), path: source, request: request)
    }

    func process(
        source: String, part: String, request: JobRequest,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
    ) async throws -> ProcessedImage {
        let id = JobID.make()
        let upload = service.files.source(id)
        try await copy(source, to: upload)
        let job = try await service.submit(id, request)
        progress(0, job.tileCount)
        let watch = Task {
            while (try? await Task.sleep(for: .milliseconds(100))) != nil {
                let counts = try? await service.store.tileCounts([id])
                if let done = counts?[id]?.completed { progress(done, job.tileCount) }
            }
        }
        defer { watch.cancel() }
        let done = try await withTaskCancellationHandler {
            try await service.waitUntilFinal(id)
        } onCancel: {
            Task { try? await service.cancel(id) }
        }
        guard let name = done.outputPath else {
            throw JobFailure(reason: done.error ?? "the job was \(done.status.rawValue)")
        }
        try await copy(service.files.path(name), to: part)
        try await service.delete(id)
        return ProcessedImage(
            size: job.size, tiles: job.tileCount, sourceFormat: job.sourceFormat, sourceBytes: job.sourceBytes,
            bytes: done.outputBytes ?? 0)
    }

    private func copy(_ source: String, to path: String) async throws {
        try await service.pool.runIfActive {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
            let (input, output) = (
                try FileHandle(forReadingFrom: URL(filePath: source)), try FileHandle(forWritingTo: URL(filePath: path))
            )
            defer {
                try? input.close()
                try? output.close()
            }
            while let piece = try input.read(upToCount: 1 << 20), !piece.isEmpty {
                try output.write(contentsOf: piece)
            }
        }
    }
}
