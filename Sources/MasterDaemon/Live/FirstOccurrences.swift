/// Whether something has happened before. Remembers only so many things.
struct FirstOccurrences: Sendable {
    private let capacity: Int
    private var seen: Set<String> = []

    init(capacity: Int) { self.capacity = capacity }

    /// How many things it remembers.
    var count: Int { seen.count }

    /// Returns true the first time, and false once too many others are remembered.
    mutating func isFirst(_ what: String) -> Bool { seen.count < capacity && seen.insert(what).inserted }
}
