import TileCore

/// The client of a live channel, and what it follows.
struct EventCaller: Sendable {
    let caller: Caller
    /// The job that is followed; `nil` for everything.
    let job: JobID?
    /// Set once the gate has admitted the client.
    var principal: Principal?
    /// The channel's place within the client's limit of channels.
    var place: HeldUse?
}
