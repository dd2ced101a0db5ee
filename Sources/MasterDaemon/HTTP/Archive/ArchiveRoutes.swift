import HTTPTypes
import Hummingbird
import TileCore

/// `/api/v1/results`: the results of several jobs as one file.
struct ArchiveRoutes: Sendable {
    /// The most jobs that a request may name, and the most results of a batch.
    static let mostNamed = 200
    static let mostOfBatch = 1000

    let service: JobService
    let policy: JobPolicy

    func add(to api: GuardedRoutes) {
        api.get("results", for: .viewer, query: ["jobs", "batch"]) { request, context in
            let (found, name) = try await jobs(request, context.asker())
            let completed = found.filter { $0.status == .completed }
            guard !completed.isEmpty else {
                throw ServiceError(.wrongState, "none of these jobs has a result")
            }
            return ResultArchive(completed, name: name) { [files = service.files] in files.path($0) }
                .response(context: context)
        }
    }

    private func jobs(_ request: Request, _ principal: Principal) async throws -> (jobs: [JobRecord], name: String) {
        let query = request.uri.queryParameters
        switch (query["jobs"].map(String.init), query["batch"].map(String.init)) {
        case (let text?, nil):
            return (try await named(text, principal), "tilework-results.zip")
        case (nil, let text?):
            guard let batch = try JobRequest.batch(text) else { break }
            let completed = try await service.store.jobs(
                JobQuery(
                    statuses: [.completed], owner: policy.onlyOwner(for: principal), batch: batch, isAscending: true,
                    limit: Self.mostOfBatch))
            return (completed, "tilework-\(batch.prefix(8)).zip")
        default: break
        }
        throw ServiceError(
            .badRequest, "name the jobs by 'jobs', which takes ids separated by commas, or by their 'batch'")
    }

    /// The jobs that the request names, in its order.
    private func named(_ text: String, _ principal: Principal) async throws -> [JobRecord] {
        let texts = text.split(separator: ",", omittingEmptySubsequences: true)
        guard (1...Self.mostNamed).contains(texts.count) else {
            throw ServiceError(
                .badRequest, "'jobs' has \(texts.count) ids; it takes 1 to \(Self.mostNamed), with commas between")
        }
        let found = try await service.store.jobs(texts.compactMap { JobID(rawValue: String($0)) })
        let known = Dictionary(uniqueKeysWithValues: found.map { ($0.jobID.rawValue, $0) })
        return try texts.map { text in
            // Jobs that do not exist and jobs that may not be seen give the same error.
            guard let job = known[String(text)], policy.maySee(jobOf: job.owner, principal) else {
                throw ServiceError(.notFound, "there is no job '\(text.prefix(60))'")
            }
            return job
        }
    }
}
