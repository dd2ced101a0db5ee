import Foundation

/// Counts what one client uses: by its address, and by its key once that is known.
struct ClientLimits: Sendable {
    private let limiter: RateLimiter
    private let limits: RateLimits
    /// The client's address, in the form of `AddressBlock`.
    private let address: String?
    private var key: String?

    init(limiter: RateLimiter, limits: RateLimits, address: String?) {
        self.limiter = limiter
        self.limits = limits
        self.address = address
    }

    /// The same client, now that its principal is known. An open master knows no key, so it uses the address in place
    /// of the key.
    func of(_ principal: Principal) -> ClientLimits {
        var client = self
        client.key = principal.kind == .open ? address : principal.name
        return client
    }

    // MARK: Counting

    /// Counts a request by address only.
    func countRequestOfAddress() throws(ServiceError) {
        guard let address, let limit = limits.address[.requests] else { return }
        try take(1, UseTable.BucketID(client: .address(address), name: .requests), limit)
    }

    /// Counts a request by key.
    func countRequestOfKey() throws(ServiceError) {
        guard let key, let limit = limits.key[.requests] else { return }
        try take(1, UseTable.BucketID(client: .key(key), name: .requests), limit)
    }

    /// Counts an upload, before its body is read.
    /// - Parameter bytes: the announced length; `nil` if it is unknown.
    func countUpload(bytes: Int?) throws(ServiceError) {
        try checkBytes(bytes)
        for (id, limit) in ids(.uploads) { try take(1, id, limit) }
    }

    /// Refuses a body, before it is read, if it is longer than what is left of the limit. Counts nothing.
    /// - Parameter bytes: the announced length; `nil` if it is unknown.
    func checkBytes(_ bytes: Int?) throws(ServiceError) {
        for (id, limit) in ids(.bytes) {
            let wait = limiter.wait(for: Double(max(1, bytes ?? 1)), at: id, of: limit)
            guard wait == 0 else { throw refusal(id, limit, wait) }
        }
    }

    /// Counts bytes of an upload as they arrive.
    func countBytes(_ count: Int) throws(ServiceError) {
        for (id, limit) in ids(.bytes) { try take(Double(count), id, limit) }
    }

    /// Counts an upload as an unfinished job until the returned value is released. After that, the job in the store
    /// counts.
    /// - Parameter stored: the number of the client's unfinished jobs in the store.
    func beginJob(stored: Int) throws(ServiceError) -> HeldUse? {
        guard let key, let limit = limits.key[.unfinished] else { return nil }
        let id = UseTable.BucketID(client: .key(key), name: .unfinished)
        let free = RateLimit(amount: max(0, limit.amount - stored))
        guard limiter.take(1, at: id, of: free) == nil else { throw refusal(id, limit, .infinity) }
        return HeldUse(limiter: limiter, ids: [id])
    }

    /// Whether the number of unfinished jobs is limited.
    var countsJobs: Bool { key != nil && limits.key[.unfinished] != nil }

    /// Counts a live channel until the returned value is released.
    func beginChannel() throws(ServiceError) -> HeldUse {
        var taken: [UseTable.BucketID] = []
        for (id, limit) in ids(.channels) {
            guard limiter.take(1, at: id, of: limit) == nil else {
                for id in taken { limiter.give(1, at: id) }
                throw refusal(id, limit, .infinity)
            }
            taken.append(id)
        }
        return HeldUse(limiter: limiter, ids: taken)
    }

    // MARK: Reporting

    /// The state of the key's limits. Limits by address are not shown, because other clients use them as well.
    /// - Parameter stored: the number of the client's unfinished jobs in the store.
    func states(stored: Int) -> [LimitState] {
        RateLimit.Name.allCases.compactMap { name in
            guard let key, let limit = limits.key[name] else { return nil }
            let state = limiter.state(at: UseTable.BucketID(client: .key(key), name: name), of: limit)
            return name == .unfinished ? state.with(remaining: max(0, state.remaining - stored)) : state
        }
    }

    /// The state of one of the key's limits, for the response's header fields.
    func state(_ name: RateLimit.Name) -> LimitState? {
        guard let key, let limit = limits.key[name] else { return nil }
        return limiter.state(at: UseTable.BucketID(client: .key(key), name: name), of: limit)
    }

    private func ids(_ name: RateLimit.Name) -> [(UseTable.BucketID, RateLimit)] {
        var ids: [(UseTable.BucketID, RateLimit)] = []
        if let key, let limit = limits.key[name] {
            ids.append((UseTable.BucketID(client: .key(key), name: name), limit))
        }
        if let address, let limit = limits.address[name] {
            ids.append((UseTable.BucketID(client: .address(address), name: name), limit))
        }
        return ids
    }

    private func take(_ units: Double, _ id: UseTable.BucketID, _ limit: RateLimit) throws(ServiceError) {
        if let wait = limiter.take(units, at: id, of: limit) { throw refusal(id, limit, wait) }
    }

    private func refusal(_ id: UseTable.BucketID, _ limit: RateLimit, _ wait: Double) -> ServiceError {
        let name = id.settingName
        let what: String
        switch id.name {
        case .requests: what = "more requests came than the limit '\(name)' allows"
        case .uploads: what = "more uploads came than the limit '\(name)' allows"
        case .bytes: what = "more bytes are sent than the limit '\(name)' allows"
        case .unfinished: what = "\(limit.amount) jobs are unfinished, as many as the limit '\(name)' allows"
        case .channels: what = "\(limit.amount) live channels are open, as many as the limit '\(name)' allows"
        }
        // `wait` is infinite for an amount above the limit, and for a use whose end is unknown.
        let seconds = wait.isFinite ? max(1, wait.rounded(.up)) : Double(limit.window ?? 10)
        let state = limiter.state(at: id, of: limit)
        return ServiceError(
            .tooManyRequests, retryAfter: seconds,
            exceeded: id.name == .unfinished ? state.with(remaining: 0) : state,
            "\(what); try again in \(Int(seconds)) s")
    }
}

/// A use of a limit, which counts as long as this object exists: a live channel, or a job that is being uploaded.
final class HeldUse: Sendable {
    private let limiter: RateLimiter
    private let ids: [UseTable.BucketID]

    fileprivate init(limiter: RateLimiter, ids: [UseTable.BucketID]) {
        self.limiter = limiter
        self.ids = ids
    }

    deinit {
        for id in ids { limiter.give(1, at: id) }
    }
}
