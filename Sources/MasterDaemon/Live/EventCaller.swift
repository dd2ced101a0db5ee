import TileCore

/// The client of a live channel, and what it follows.
struct EventCaller: Sendable {
    let caller: Caller
    /// The job that is followed; `nil` for everything.
    let job: JobID?
    /// Set once the gate has admitted the client.
    var principal: Principal?
    /// One of the channels that the client may have at once, held until this channel ends.
    var heldChannel: HeldUse?
}
