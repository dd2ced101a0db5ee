import TileCore

/// Unanswered attempts whose results are no longer needed: another attempt was faster, or their job has ended.
///
/// They still occupy their partitions and their workers until they are answered. If they were not counted, a busy worker
/// would look idle, and would get more and more tiles.
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

    /// A key has several entries if a job was retried, because each run numbers its attempts from 1.
    private var entries: [Key: [Entry]] = [:]

    var count: Int { entries.values.reduce(0) { $0 + $1.count } }

    /// - Parameter lifetime: how long an answer is still expected.
    mutating func add(_ attempt: PassProgress.Attempt, of tile: TileID, lifetime: Duration) {
        let entry = Entry(attempt: attempt, lifetime: lifetime, start: attempt.time)
        entries[Key(tile: tile, attempt: attempt.number), default: []].append(entry)
    }

    /// The number of tiles in the record of an attempt, if this tile is the first of them.
    func recordTiles(_ tile: TileID, attempt: Int) -> Int? {
        entries[Key(tile: tile, attempt: attempt)]?.first?.attempt.recordTiles
    }

    /// Removes and returns the attempt that an answer belongs to.
    mutating func take(_ tile: TileID, attempt: Int) -> PassProgress.Attempt? {
        let key = Key(tile: tile, attempt: attempt)
        guard var all = entries[key] else { return nil }
        let first = all.removeFirst()
        entries[key] = all.isEmpty ? nil : all
        return first.attempt
    }

    /// Removes and returns the attempts whose lifetime is over.
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

    /// Restarts all lifetimes after a time in which no worker could answer.
    mutating func restartClocks(now: ContinuousClock.Instant) {
        for key in entries.keys {
            for position in (entries[key] ?? []).indices { entries[key]?[position].start = now }
        }
    }
}
