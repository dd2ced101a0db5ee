/// A fault of a process or of records, injected at random.
enum ChaosFault: String, CaseIterable, Sendable {
    case workerKilled = "worker killed"
    case workerStopped = "worker stopped for a while"
    case workerReplaced = "worker ended in order, another started"
    case workerJoined = "worker joined"
    case workerDrained = "worker drained by the API"
    case masterKilled = "master killed"
    case masterStopped = "master stopped for a while"
    case masterRestarted = "master ended in order"
    case brokerDown = "broker down for a while"
    case garbage = "garbage on the topics"
    case resultsDoubled = "results doubled"
    case tasksStolen = "tasks taken and never answered"
}

/// The outcome of an upload.
enum ChaosOutcome: String, CaseIterable, Sendable {
    case accepted, completed, failed, cancelled
    case retried = "cancelled and retried"
    case deleted = "deleted while running"
    case brokenOff = "uploads broken off"
}
