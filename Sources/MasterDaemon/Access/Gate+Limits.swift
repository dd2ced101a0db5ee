import HTTPTypes

extension Gate {
    /// The probes of supervisors. They are never refused, however many requests come from the same address.
    private static let probes: Set<String> = ["/livez", "/readyz"]

    /// Counts a request by its address, before any other check.
    func countRequest(_ caller: Caller, _ look: Look) throws(ServiceError) -> ClientLimits {
        // Probes are answered even if the keys cannot be read.
        let client = limiter.client(at: caller.address, isOpen: (try? isOpen(look)) ?? false)
        if !Self.probes.contains(caller.request.path ?? "") { try client.countRequestOfAddress() }
        return client
    }

    /// Admits a client to the live channel, if the client's limits allow another channel.
    func admitChannel(_ caller: Caller) async throws(ServiceError) -> (principal: Principal?, place: HeldUse) {
        let look = look()
        let client = try countRequest(caller, look)
        // If this throws, the request goes on to the channel's route, which counts the failure.
        let principal = try await identify(caller, for: .viewer, look, isAgain: true)
        try check(principal, .viewer)
        let known = principal.map(client.of) ?? client
        try known.countRequestOfKey()
        return (principal, try known.beginChannel())
    }
}
