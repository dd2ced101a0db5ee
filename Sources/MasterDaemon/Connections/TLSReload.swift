/// Decides when changed certificate files are read again. Does no I/O.
///
/// A renewal writes two files one after the other, and for a moment they do not match. So changed files are read only
/// after two checks have found them unchanged.
struct TLSReload<Facts: Hashable & Sendable>: Sendable {
    enum Step: Sendable, Hashable { case nothing, load }

    /// The facts of the pair in use, or of a pair that was found unusable.
    private var known: Facts
    private var seen: Facts

    init(_ facts: Facts) {
        known = facts
        seen = facts
    }

    /// - Parameter facts: the facts that this check has found.
    mutating func look(_ facts: Facts) -> Step {
        defer { seen = facts }
        guard facts != known, facts == seen else { return .nothing }
        known = facts
        return .load
    }
}
