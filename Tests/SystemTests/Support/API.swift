import Foundation
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A client of a master.
struct API: Sendable {
    let base: URL
    private let session: URLSession

    init(base: URL) {
        self.base = base
        let configuration = URLSessionConfiguration.ephemeral
        // Nothing is cached, because the tests check the master's answers.
        configuration.urlCache = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        configuration.timeoutIntervalForRequest = 60
        session = URLSession(configuration: configuration)
    }

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> Answer {
        try await request("GET", path, headers)
    }

    func request(
        _ method: String, _ path: String, _ headers: [String: String] = [:], body: Data? = nil
    ) async throws -> Answer {
        var request = URLRequest(url: try #require(URL(string: base.absoluteString + path)))
        request.httpMethod = method
        request.httpBody = body
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await session.data(for: request)
        let http = try #require(response as? HTTPURLResponse)
        var fields: [String: String] = [:]
        for (name, value) in http.allHeaderFields { fields["\(name)".lowercased()] = "\(value)" }
        return Answer(status: http.statusCode, headers: fields, body: data)
    }
}

/// A response.
struct Answer: Sendable {
    let status: Int
    /// The fields, by names in lower case.
    let headers: [String: String]
    let body: Data

    var text: String { String(decoding: body, as: UTF8.self) }

    func decoded<T: Decodable>(_ type: T.Type = T.self) throws -> T {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(type, from: body)
        } catch {
            throw BenchError("\(status) \(text.prefix(500)): \(error)")
        }
    }

    /// Checks that the answer is a problem of this kind, and returns its detail.
    @discardableResult
    func expectProblem(_ status: Int, _ code: String, _ location: SourceLocation = #_sourceLocation) throws -> String {
        #expect(self.status == status, "\(text.prefix(300))", sourceLocation: location)
        #expect(headers["content-type"] == "application/problem+json", sourceLocation: location)
        let problem = try decoded(ProblemAnswer.self)
        #expect(problem.type == "urn:tilework:problem:\(code)", sourceLocation: location)
        #expect(problem.status == status, sourceLocation: location)
        #expect(!problem.title.isEmpty && !problem.detail.isEmpty, sourceLocation: location)
        return problem.detail
    }
}

private struct ProblemAnswer: Decodable {
    let type: String
    let title: String
    let status: Int
    let detail: String
}
