/// Distinguishes the first occurrence of something from later ones. Remembers at most `capacity` things.
struct FirstOccurrences: Sendable {
    private let capacity: Int
    private var seen: Set<String> = []

    init(capacity: Int) { self.capacity = capacity }

    /// The number of remembered things.
    var count: Int { seen.count }

    /// Returns true for the first occurrence; always false once `capacity` things are remembered.
    mutating func isFirst(_ what: String) -> Bool { seen.count < capacity && seen.insert(what).inserted }
}
