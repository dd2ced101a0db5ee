import HTTPTypes

extension Gate {
    /// What supervisors ask. They are to have their answer whoever else sends requests from their address.
    private static let probes: Set<String> = ["/livez", "/readyz"]

    /// Counts a request for the address that it comes from, before anything else of it is looked at.
    func countRequest(_ caller: Caller, _ look: Look) throws(ServiceError) -> ClientLimits {
        // Probes are answered even if the keys cannot be read.
        let client = limiter.client(at: caller.address, isOpen: (try? isOpen(look)) ?? false)
        if !Self.probes.contains(caller.request.path ?? "") { try client.countRequestOfAddress() }
        return client
    }

    /// Lets a client into the live channel, if it may have one more.
    func admitChannel(_ caller: Caller) async throws(ServiceError) -> (principal: Principal?, place: UsePlace) {
        let look = look()
        let client = try countRequest(caller, look)
        // If it is refused, the route of the channel counts it.
        let principal = try await identify(caller, for: .viewer, look, isAgain: true)
        try check(principal, .viewer)
        let known = principal.map(client.of) ?? client
        try known.countRequestOfKey()
        return (principal, try known.beginChannel())
    }
}
