/// A job that cannot be finished.
struct JobFailure: Error, Sendable {
    let reason: String
}
