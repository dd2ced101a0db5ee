import TileCore

/// Attempts that nobody waits for any more and nobody has answered: another attempt was quicker, or their job has ended.
///
/// They still take capacity of their partitions and time of their workers, until an answer shows that they are done. A
/// worker that looked idle meanwhile would be given ever more.
struct AbandonedAttempts: Sendable {
    private struct Key: Hashable {
        let tile: TileID
        let attempt: Int
    }

    private struct Entry {
        let attempt: PassProgress.Attempt
        let lifetime: Duration
        var start: ContinuousClock.Instant
    }

    /// More than one for a key if a job was retried, since attempts are counted anew then.
    private var entries: [Key: [Entry]] = [:]

    var count: Int { entries.values.reduce(0) { $0 + $1.count } }

    /// - Parameter lifetime: how long to believe that it will be answered.
    mutating func add(_ attempt: PassProgress.Attempt, of tile: TileID, lifetime: Duration) {
        let entry = Entry(attempt: attempt, lifetime: lifetime, start: attempt.time)
        entries[Key(tile: tile, attempt: attempt.number), default: []].append(entry)
    }

    /// An answer came. Returns what it had outstanding.
    mutating func take(_ tile: TileID, attempt: Int) -> PassProgress.Attempt? {
        let key = Key(tile: tile, attempt: attempt)
        guard var all = entries[key] else { return nil }
        let first = all.removeFirst()
        entries[key] = all.isEmpty ? nil : all
        return first.attempt
    }

    /// Takes those out that were believed in for long enough.
    mutating func takeExpired(now: ContinuousClock.Instant) -> [PassProgress.Attempt] {
        var expired: [PassProgress.Attempt] = []
        for (key, all) in entries {
            let gone = all.filter { now - $0.start > $0.lifetime }
            guard !gone.isEmpty else { continue }
            let rest = all.filter { now - $0.start <= $0.lifetime }
            entries[key] = rest.isEmpty ? nil : rest
            expired += gone.map(\.attempt)
        }
        return expired
    }

    /// The waiting starts anew, for a time in which no worker could have answered.
    mutating func restartClocks(now: ContinuousClock.Instant) {
        for key in entries.keys {
            for position in (entries[key] ?? []).indices { entries[key]?[position].start = now }
        }
    }
}
