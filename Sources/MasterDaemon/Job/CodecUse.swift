/// The codec processes, for people to look at.
struct CodecUse: Sendable, Equatable {
    /// Why one has ended while the master goes on.
    enum End: String, Sendable, CaseIterable {
        /// It has answered often enough, or was one too many.
        case retired
        /// It was ended, since it died over a request, overran its limits or was not waited for any more.
        case dropped
        /// It ended by itself, at its start or while it had nothing to do.
        case died
    }

    var idle = 0
    var busy = 0
    /// Since the master's start, as are those below.
    var started = 0
    var ended: [End: Int] = [:]

    /// For the page of figures.
    var figures: (states: [String: Int], started: Int, ended: [String: Int]) {
        let ended = End.allCases.map { ($0.rawValue, self.ended[$0] ?? 0) }
        return (["idle": idle, "busy": busy], started, Dictionary(uniqueKeysWithValues: ended))
    }

    func with(idle: Int) -> CodecUse {
        var use = self
        use.idle = idle
        return use
    }
}
