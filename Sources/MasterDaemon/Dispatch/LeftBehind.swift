import TileCore

/// Tasks that nobody waits for any more and nobody has answered: another copy was quicker, or their job has ended.
///
/// They still take room in their partitions and time of their workers, until the answer shows that they are through.
/// A worker that looked idle meanwhile would be given ever more.
struct LeftBehind: Sendable {
    private struct Key: Hashable {
        let tile: TileID
        let attempt: Int
    }

    private struct Entry {
        let issue: PassProgress.Issue
        let lifetime: Duration
        var start: ContinuousClock.Instant
    }

    /// More than one of a key where a job was retried, for attempts are counted anew then.
    private var entries: [Key: [Entry]] = [:]

    /// - Parameter lifetime: how long to believe that it will be answered.
    mutating func add(_ issue: PassProgress.Issue, of tile: TileID, lifetime: Duration) {
        let entry = Entry(issue: issue, lifetime: lifetime, start: issue.time)
        entries[Key(tile: tile, attempt: issue.attempt), default: []].append(entry)
    }

    /// An answer came. Returns what it had outstanding.
    mutating func take(_ tile: TileID, attempt: Int) -> PassProgress.Issue? {
        let key = Key(tile: tile, attempt: attempt)
        guard var all = entries[key] else { return nil }
        let first = all.removeFirst()
        entries[key] = all.isEmpty ? nil : all
        return first.issue
    }

    /// Takes those out that were believed in for long enough.
    mutating func takeExpired(now: ContinuousClock.Instant) -> [PassProgress.Issue] {
        var expired: [PassProgress.Issue] = []
        for (key, all) in entries {
            let gone = all.filter { now - $0.start > $0.lifetime }
            guard !gone.isEmpty else { continue }
            let rest = all.filter { now - $0.start <= $0.lifetime }
            entries[key] = rest.isEmpty ? nil : rest
            expired += gone.map(\.issue)
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
