import Foundation
import Logging
import ServiceLifecycle
import TileCore

/// Removes finished jobs and their files by the retention policy.
struct Retention: Service {
    let policy: RetentionPolicy
    let service: JobService
    /// Called with each job that was removed.
    let hasExpired: @Sendable (JobID) -> Void
    let logger: Logger

    func run() async throws {
        // Often enough to follow the policy, and seldom enough to cost little.
        let interval = min(max((policy.keep ?? .seconds(60)) / 4, .seconds(1)), .seconds(60))
        var meter = StorageMeter()
        while !policy.isOff, (try? await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) }) != nil {
            do {
                let jobs = try await storedJobs(&meter)
                for id in policy.expired(of: jobs, now: Date()) {
                    do {
                        try await service.deleteFinished(id)
                    } catch let error as ServiceError where error.code == .wrongState || error.code == .notFound {
                        // The job was retried or deleted meanwhile.
                        continue
                    }
                    hasExpired(id)
                    logger.info("job removed by --keep or --max-storage", metadata: [LogKey.job: "\(id)"])
                }
            } catch {
                logger.warning("old jobs cannot be removed", metadata: [LogKey.reason: "\(error)"])
            }
        }
        // Waits, because the service group ends all services once one of them returns.
        try? await gracefulShutdown()
    }

    private func storedJobs(_ meter: inout StorageMeter) async throws -> [RetentionPolicy.StoredJob] {
        let jobs = try await service.store.storedJobs()
        guard policy.maximumBytes != nil else { return jobs }
        let measured = try await service.disk.run { [meter, files = service.files] in
            var meter = meter
            let jobs = meter.measured(jobs, now: .now) { files.storedBytes(of: $0.id, $0.format) }
            return (meter, jobs)
        }
        meter = measured.0
        return measured.1
    }
}
