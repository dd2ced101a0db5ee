/// The state of the codec processes, for views and metrics.
struct CodecUse: Sendable, Equatable {
    /// Why a codec process has ended while the master runs.
    enum End: String, Sendable, CaseIterable {
        /// It has served its number of requests, or was no longer needed.
        case retired
        /// It died during a request, exceeded its limits, or its request was cancelled.
        case dropped
        /// It ended by itself, at its start or while it was idle.
        case died
    }

    var idle = 0
    var busy = 0
    /// Processes that were started since the master's start.
    var started = 0
    /// Processes that have ended since then, by reason.
    var ended: [End: Int] = [:]

    /// The counts for the page of metrics.
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
