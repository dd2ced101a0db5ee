import Hummingbird
import TileCore

/// Finds the job in a request's path, if the caller may see it.
struct JobFinder: Sendable {
    let service: JobService
    let policy: JobPolicy

    /// - Throws: the same error for jobs that do not exist and jobs that the caller may not see.
    func job(_ context: MasterContext) async throws -> JobRecord {
        let id = try Self.named(context)
        let job = try await service.job(id)
        guard policy.maySee(jobOf: job.owner, try context.asker()) else { throw JobService.notFound(id) }
        return job
    }

    /// The job's id. If callers may see all jobs, this does not read the job, because the code that uses the id does.
    func id(_ context: MasterContext) async throws -> JobID {
        policy.isPrivate ? try await job(context).jobID : try Self.named(context)
    }

    private static func named(_ context: MasterContext) throws -> JobID {
        let text = try context.parameters.require("id")
        guard let id = JobID(rawValue: text) else {
            throw ServiceError(.notFound, "there is no job '\(text.prefix(60))'")
        }
        return id
    }

    /// The id of a job that the caller may delete.
    func deletable(_ context: MasterContext) async throws -> JobID {
        let (job, principal) = (try await job(context), try context.asker())
        guard policy.mayDelete(jobOf: job.owner, principal) else {
            throw ServiceError(
                .forbidden,
                "the job \(job.owner.map { "belongs to '\($0)'" } ?? "has no owner"); deleting it takes the role admin")
        }
        return job.jobID
    }
}
