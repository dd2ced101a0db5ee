import Foundation
import Testing

/// Requests to a master.
extension MasterProcess {
    /// Sends an image as the body of a request.
    func post(
        _ image: Data, transforms: String, format: String? = nil, filename: String = "photo.png",
        options: [String: String] = [:], headers: [String: String] = [:]
    ) async throws -> Answer {
        var query = URLComponents()
        query.queryItems =
            [URLQueryItem(name: "transforms", value: transforms), URLQueryItem(name: "filename", value: filename)]
            + (format.map { [URLQueryItem(name: "format", value: $0)] } ?? [])
            + options.map { URLQueryItem(name: $0.key, value: $0.value) }
        return try await api.request(
            "POST", "/api/v1/jobs?\(query.percentEncodedQuery ?? "")",
            ["Content-Type": "application/octet-stream"].merging(headers) { $1 }, body: image)
    }

    /// Sends an image that the master accepts.
    func submit(
        _ image: Data, transforms: String, format: String? = nil, options: [String: String] = [:],
        headers: [String: String] = [:], _ location: SourceLocation = #_sourceLocation
    ) async throws -> JobAnswer {
        let answer = try await post(
            image, transforms: transforms, format: format, options: options, headers: headers)
        #expect(answer.status == 202, "\(answer.text.prefix(300))", sourceLocation: location)
        return try answer.decoded()
    }

    func job(_ id: String) async throws -> JobAnswer { try await api.get("/api/v1/jobs/\(id)").decoded() }
    func tiles(_ id: String) async throws -> TilesAnswer { try await api.get("/api/v1/jobs/\(id)/tiles").decoded() }
    func statistics() async throws -> StatisticsAnswer { try await api.get("/api/v1/statistics").decoded() }
    func workers() async throws -> WorkersAnswer { try await api.get("/api/v1/workers").decoded() }
    func cancel(_ id: String) async throws -> Answer { try await api.request("POST", "/api/v1/jobs/\(id)/cancel") }
    func retry(_ id: String) async throws -> Answer { try await api.request("POST", "/api/v1/jobs/\(id)/retry") }
    func delete(_ id: String) async throws -> Answer { try await api.request("DELETE", "/api/v1/jobs/\(id)") }
    func drain(_ worker: String) async throws -> Answer {
        try await api.request("POST", "/api/v1/workers/\(worker)/drain")
    }
    func result(_ id: String) async throws -> Data {
        let answer = try await api.get("/api/v1/jobs/\(id)/result")
        #expect(answer.status == 200, "\(answer.text.prefix(300))")
        return answer.body
    }

    /// The job once it is completed, failed or cancelled.
    func final(_ id: String, within seconds: Double = 90) async throws -> JobAnswer {
        try await eventually("job \(id) comes to an end", within: seconds, every: .milliseconds(50)) {
            let job = try await job(id)
            return job.isFinal ? job : nil
        }
    }

    /// The result of a job that has to complete.
    func completed(_ job: JobAnswer, _ location: SourceLocation = #_sourceLocation) async throws -> Data {
        let final = try await final(job.jobId)
        try #require(final.status == "completed", "\(final.error ?? "")", sourceLocation: location)
        return try await result(job.jobId)
    }

    /// The job once at least `count` of its tiles are done. It must not have ended by then.
    func underWay(_ job: JobAnswer, done count: Int) async throws -> JobAnswer {
        try await eventually("\(count) tiles of job \(job.jobId) are done") {
            let now = try await self.job(job.jobId)
            guard !now.isFinal else { throw BenchError("job \(job.jobId) was \(now.status) too soon") }
            return now.progress.completed >= count ? now : nil
        }
    }

    /// Returns once this worker is online, has joined the group, and has partitions.
    @discardableResult
    func worker(_ id: String, within seconds: Double = 30) async throws -> WorkersAnswer.Worker {
        try await eventually("worker \(id) has partitions", within: seconds) {
            let worker = try await workers().online(id)
            return worker?.partitions.isEmpty == false ? worker : nil
        }
    }
}
