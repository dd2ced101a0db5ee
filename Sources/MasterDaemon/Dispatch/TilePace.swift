/// How long workers compute a tile, and from that, how many tiles a slot gets ahead of its answers.
///
/// A tile is on its way for some milliseconds before it is computed, and its result after that. A slot that has less
/// work before it than this idles meanwhile. More would only make jobs and workers wait for one another.
struct TilePace: Sendable {
    /// Work that a slot has before it, in milliseconds.
    static let ahead = 50.0
    /// The weight of the newest tile.
    private static let weight = 1.0 / 8

    /// A moving average, in milliseconds; `nil` while no tile was computed.
    private var average: Double?

    /// - Parameter milliseconds: that a worker computed a tile for.
    mutating func add(_ milliseconds: Double) {
        average = average.map { $0 + (milliseconds - $0) * Self.weight } ?? milliseconds
    }

    /// Tiles for each slot, within a range; the fewest while nothing is known.
    func tilesPerSlot(_ range: ClosedRange<Int>) -> Int {
        guard let average else { return range.lowerBound }
        let wanted = Self.ahead / max(average, Self.ahead / Double(range.upperBound))
        return min(max(range.lowerBound, Int(wanted.rounded(.up))), range.upperBound)
    }
}
