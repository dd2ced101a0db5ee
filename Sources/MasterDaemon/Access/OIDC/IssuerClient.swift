import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// An answer of the issuer.
struct IssuerAnswer: Sendable {
    let status: Int
    /// See `FetchPlan.maximumAge`.
    var maximumAge: Double?
    let body: [UInt8]
}

/// Sends requests to an issuer over HTTP.
protocol IssuerTransport: Sendable {
    func get(_ address: String) async throws -> IssuerAnswer
    /// - Parameter authorization: the value of the header `Authorization`.
    func post(_ address: String, form: String, authorization: String?) async throws -> IssuerAnswer
}

/// The real transport. Requests are rare, so each one has its own client and connection.
struct IssuerClient: IssuerTransport {
    /// The longest accepted answer, in bytes.
    static let most = 1 << 20
    /// The time limit of a whole request.
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
                // No retries: an issuer that does not accept connections is reported at once, because users wait.
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
