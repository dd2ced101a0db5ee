import TileCore

/// Who follows the live channel, and what of it.
struct EventCaller: Sendable {
    let caller: Caller
    /// The job that is followed; `nil` for everything.
    let job: JobID?
    /// Known once the gate has let it in.
    var principal: Principal?
    /// Its place among the channels that it may have.
    var place: HeldUse?
}
