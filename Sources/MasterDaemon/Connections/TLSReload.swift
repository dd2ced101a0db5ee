/// When changed files of a certificate are read again. Does no I/O.
///
/// A renewal writes two files, one after the other, and for a moment they do not belong together. So they are read once
/// they have been the same at two looks.
struct TLSReload<Facts: Hashable & Sendable>: Sendable {
    enum Step: Sendable, Hashable { case nothing, load }

    /// Those of the pair in use, or of one that was found broken.
    private var known: Facts
    private var seen: Facts

    init(_ facts: Facts) {
        known = facts
        seen = facts
    }

    /// - Parameter facts: those of this look.
    mutating func look(_ facts: Facts) -> Step {
        defer { seen = facts }
        guard facts != known, facts == seen else { return .nothing }
        known = facts
        return .load
    }
}
