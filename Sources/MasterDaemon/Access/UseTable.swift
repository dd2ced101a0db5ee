/// What clients have used of their limits. Pure; times are given.
///
/// A bucket that has run empty says nothing and is forgotten. Should there be more clients than are remembered, those go
/// whose buckets would be empty first.
struct UseTable: Sendable {
    /// Whom a limit is for.
    enum Client: Sendable, Hashable {
        /// A key, or a subject of the issuer, by its name.
        case key(String)
        /// An address, as `AddressBlock` names it.
        case address(String)
    }

    /// What one bucket is for.
    struct Place: Sendable, Hashable {
        let client: Client
        let name: RateLimit.Name
    }

    /// Buckets that are remembered: some for each of 10,000 clients.
    static let capacity = 40_000

    private struct Entry {
        var bucket: TokenBucket
        /// The one that it was counted by last.
        var limit: RateLimit
    }

    private var entries: [Place: Entry] = [:]

    var count: Int { entries.count }

    /// Takes so much if all of it is there.
    /// - Returns: seconds until it would be; `nil` if it was taken.
    mutating func take(_ units: Double, at place: Place, of limit: RateLimit, now: Double) -> Double? {
        change(place, limit, now) { bucket in
            let wait = bucket.wait(for: units, of: limit, now: now)
            guard wait == 0 else { return wait }
            bucket.take(units, of: limit, now: now)
            return nil
        }
    }

    /// Seconds until so much would be there; 0 if it is now.
    mutating func wait(for units: Double, at place: Place, of limit: RateLimit, now: Double) -> Double {
        guard var bucket = entries[place]?.bucket else { return units <= Double(limit.amount) ? 0 : .infinity }
        return bucket.wait(for: units, of: limit, now: now)
    }

    /// Brings back what was counted while it lasted.
    mutating func give(_ units: Double, at place: Place) {
        entries[place]?.bucket.give(units)
        if entries[place]?.bucket.used == 0 { entries[place] = nil }
    }

    func state(at place: Place, of limit: RateLimit, now: Double) -> LimitState {
        var bucket = entries[place]?.bucket ?? TokenBucket(now: now)
        let left = bucket.left(of: limit, now: now)
        return LimitState(
            name: place.settingName, unit: place.name.unit, limit: limit.amount, window: limit.window, remaining: left,
            resetsIn: limit.window == nil ? nil : bucket.secondsUntilEmpty(limit, now: now))
    }

    private mutating func change<Result>(
        _ place: Place, _ limit: RateLimit, _ now: Double, _ body: (inout TokenBucket) -> Result
    ) -> Result {
        guard var entry = entries[place] else {
            if entries.count >= Self.capacity { forget(now) }
            var entry = Entry(bucket: TokenBucket(now: now), limit: limit)
            let result = body(&entry.bucket)
            if entry.bucket.used > 0 { entries[place] = entry }
            return result
        }
        entry.limit = limit
        let result = body(&entry.bucket)
        entries[place] = entry
        return result
    }

    /// Makes space, a tenth at a time, so that it is seldom done. What is counted while it lasts stays.
    private mutating func forget(_ now: Double) {
        let ends = entries.compactMap { place, entry in
            place.name.isLasting ? nil : (place: place, seconds: entry.bucket.secondsUntilEmpty(entry.limit, now: now))
        }
        for end in ends where end.seconds == 0 { entries[end.place] = nil }
        let excess = entries.count - Self.capacity * 9 / 10
        guard excess > 0 else { return }
        for end in ends.filter({ $0.seconds > 0 }).sorted(by: { $0.seconds < $1.seconds }).prefix(excess) {
            entries[end.place] = nil
        }
    }
}

extension UseTable.Place {
    /// As `--limit` calls it.
    var settingName: String {
        switch client {
        case .key: name.rawValue
        case .address: "address-\(name.rawValue)"
        }
    }
}
