import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// What an issuer answers.
struct IssuerAnswer: Sendable {
    let status: Int
    /// See `FetchPlan.maximumAge`.
    var maximumAge: Double?
    let body: [UInt8]
}

/// Asks an issuer over HTTP.
protocol IssuerTransport: Sendable {
    func get(_ address: String) async throws -> IssuerAnswer
    /// - Parameter authorization: the header of this name.
    func post(_ address: String, form: String, authorization: String?) async throws -> IssuerAnswer
}

/// The real one. It asks seldom, so each request has a client of its own, and no connection is kept.
struct IssuerClient: IssuerTransport {
    /// The longest answer, in bytes.
    static let most = 1 << 20
    /// How long a request may take as a whole.
    var patience = Duration.seconds(10)
    var trust = IssuerTrust()

    func get(_ address: String) async throws -> IssuerAnswer {
        var request = HTTPClientRequest(url: address)
        request.headers.add(name: "Accept", value: "application/json")
        return try await answer(to: request)
    }

    func post(_ address: String, form: String, authorization: String?) async throws -> IssuerAnswer {
        var request = HTTPClientRequest(url: address)
        request.method = .POST
        request.headers.add(name: "Accept", value: "application/json")
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        if let authorization { request.headers.add(name: "Authorization", value: authorization) }
        request.body = .bytes(ByteBuffer(string: form))
        return try await answer(to: request)
    }

    private func answer(to request: HTTPClientRequest) async throws -> IssuerAnswer {
        try await withThrowingTaskGroup(of: IssuerAnswer?.self) { group in
            group.addTask { [patience, trust] in
                // A redirect could lead to an address that was not checked.
                var configuration = HTTPClient.Configuration(
                    tlsConfiguration: trust.configuration, redirectConfiguration: .disallow,
                    timeout: .init(connect: .init(patience)))
                // An issuer that is not there is not there: users wait for this.
                configuration.connectionPool.retryConnectionEstablishment = false
                return try await HTTPClient.withHTTPClient(configuration: configuration) { client in
                    let response = try await client.execute(request, timeout: .init(patience))
                    let body = try await response.body.collect(upTo: Self.most)
                    return IssuerAnswer(
                        status: Int(response.status.code),
                        maximumAge: FetchPlan.maximumAge(response.headers.first(name: "Cache-Control")),
                        body: Array(buffer: body))
                }
            }
            group.addTask { [patience] in
                try await Task.sleep(for: patience)
                return nil
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() ?? nil else {
                throw ServiceError(.notReady, "the issuer does not answer within \(patience)")
            }
            return answer
        }
    }
}
