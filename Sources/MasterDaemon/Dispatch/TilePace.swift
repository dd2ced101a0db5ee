/// The average time in which workers compute a tile, and the number of tiles in flight per slot that follows from it.
///
/// A tile and its result each travel for some milliseconds. A slot with less queued work than that idles. More queued work
/// would only make jobs and workers wait for each other.
struct TilePace: Sendable {
    /// The work that each slot should have queued, in milliseconds.
    static let ahead = 50.0
    /// The most work of one record, in milliseconds. Its tiles are answered together, and the encoder waits for them.
    static let group = 16.0
    /// The weight of the newest tile.
    private static let weight = 1.0 / 8

    /// A moving average, in milliseconds; `nil` while no tile was computed.
    private var average: Double?

    /// - Parameter milliseconds: how long a worker computed a tile.
    mutating func add(_ milliseconds: Double) {
        average = average.map { $0 + (milliseconds - $0) * Self.weight } ?? milliseconds
    }

    /// The tiles in flight for each slot, within a range. While nothing is known, its lower bound.
    func tilesPerSlot(_ range: ClosedRange<Int>) -> Int {
        guard let average else { return range.lowerBound }
        let wanted = Self.ahead / max(average, Self.ahead / Double(range.upperBound))
        return min(max(range.lowerBound, Int(wanted.rounded(.up))), range.upperBound)
    }

    /// The tiles for one record, at most `limit`. While nothing is known, 1.
    func tilesPerRecord(atMost limit: Int) -> Int {
        guard let average else { return 1 }
        return max(1, Int(min(Self.group / max(average, 0.001), Double(limit))))
    }
}
