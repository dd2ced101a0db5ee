import Hummingbird

extension MasterContext {
    /// Asks the gate whether the request is let in, and counts it. What is known of the client by then is kept, even if it
    /// is refused.
    mutating func admit(_ request: Request, for need: Requirement, by gate: Gate) async throws(ServiceError) {
        address = gate.proxies.client(of: request.head, from: address)
        let (caller, look) = (caller(request), gate.look())
        let unknown = try gate.countRequest(caller, for: need, look)
        client = unknown
        principal = try await gate.identify(caller, for: need, look)
        client = principal.map(unknown.of) ?? unknown
        try client?.countRequestOfKey()
        try gate.check(principal, need)
    }

    /// An answer that tells the client how many requests it has left.
    func withLimits(_ response: Response) -> Response {
        guard let state = client?.state(.requests) else { return response }
        var response = response
        response.add(limits: [state])
        return response
    }
}
