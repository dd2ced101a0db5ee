/// The use of all limits by all clients. Pure; times are given.
///
/// Empty buckets are removed, because they carry no information. If there are too many clients, the buckets that would
/// be empty first are removed.
struct UseTable: Sendable {
    /// The client that a limit applies to.
    enum Client: Sendable, Hashable {
        /// The name of a key, or of a subject of the issuer.
        case key(String)
        /// An address, in the form of `AddressBlock`.
        case address(String)
    }

    /// Identifies one bucket.
    struct BucketID: Sendable, Hashable {
        let client: Client
        let name: RateLimit.Name
    }

    /// How many buckets are kept: a few for each of 10,000 clients.
    static let capacity = 40_000

    private struct Entry {
        var bucket: TokenBucket
        /// The limit by which the bucket was counted last.
        var limit: RateLimit
    }

    private var entries: [BucketID: Entry] = [:]

    var count: Int { entries.count }

    /// Takes units if they are all available.
    /// - Returns: seconds until they will be; `nil` if they were taken.
    mutating func take(_ units: Double, at id: BucketID, of limit: RateLimit, now: Double) -> Double? {
        change(id, limit, now) { bucket in
            let wait = bucket.wait(for: units, of: limit, now: now)
            guard wait == 0 else { return wait }
            bucket.take(units, of: limit, now: now)
            return nil
        }
    }

    /// Seconds until the units will be available; 0 if they are now.
    mutating func wait(for units: Double, at id: BucketID, of limit: RateLimit, now: Double) -> Double {
        guard var bucket = entries[id]?.bucket else { return units <= Double(limit.amount) ? 0 : .infinity }
        return bucket.wait(for: units, of: limit, now: now)
    }

    /// Returns units of a limit on simultaneous use.
    mutating func give(_ units: Double, at id: BucketID) {
        entries[id]?.bucket.give(units)
        if entries[id]?.bucket.used == 0 { entries[id] = nil }
    }

    func state(at id: BucketID, of limit: RateLimit, now: Double) -> LimitState {
        var bucket = entries[id]?.bucket ?? TokenBucket(now: now)
        let left = bucket.left(of: limit, now: now)
        return LimitState(
            name: id.settingName, unit: id.name.unit, limit: limit.amount, window: limit.window, remaining: left,
            resetsIn: limit.window == nil ? nil : bucket.secondsUntilEmpty(limit, now: now))
    }

    private mutating func change<Result>(
        _ id: BucketID, _ limit: RateLimit, _ now: Double, _ body: (inout TokenBucket) -> Result
    ) -> Result {
        guard var entry = entries[id] else {
            if entries.count >= Self.capacity { forget(now) }
            var entry = Entry(bucket: TokenBucket(now: now), limit: limit)
            let result = body(&entry.bucket)
            if entry.bucket.used > 0 { entries[id] = entry }
            return result
        }
        entry.limit = limit
        let result = body(&entry.bucket)
        entries[id] = entry
        return result
    }

    /// Removes a tenth of the buckets at a time, so that it happens rarely. Buckets of simultaneous use are kept.
    private mutating func forget(_ now: Double) {
        let ends = entries.compactMap { id, entry in
            id.name.isLasting ? nil : (id: id, seconds: entry.bucket.secondsUntilEmpty(entry.limit, now: now))
        }
        for end in ends where end.seconds == 0 { entries[end.id] = nil }
        let excess = entries.count - Self.capacity * 9 / 10
        guard excess > 0 else { return }
        for end in ends.filter({ $0.seconds > 0 }).sorted(by: { $0.seconds < $1.seconds }).prefix(excess) {
            entries[end.id] = nil
        }
    }
}

extension UseTable.BucketID {
    /// The limit's name in `--limit`.
    var settingName: String {
        switch client {
        case .key: name.rawValue
        case .address: "address-\(name.rawValue)"
        }
    }
}
