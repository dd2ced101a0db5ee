import TileCore

/// What the workers online can do, to tell which jobs wait for others. Does no I/O.
struct StepKnowledge: Sendable, Hashable {
    /// Each worker's steps, once.
    private let known: Set<Set<String>>

    init(_ workers: [WorkerState]) { known = Set(workers.filter(\.isOnline).map(\.heartbeat.knownSteps)) }

    /// Why no worker online can go on with a job, in words for its `message`; `nil` if one can, or if there is none.
    func trouble(of job: JobRecord) -> String? {
        // Most fleets are of one release, and lists have many jobs.
        guard !job.status.isFinal, !known.isEmpty,
            !known.contains(where: { $0.isSuperset(of: TransformCatalogue.names) }),
            let plan = try? job.plan()
        else { return nil }
        for pass in plan.passes.dropFirst(job.pass) {
            let missing = known.map { pass.pipeline.stepNames.subtracting($0) }
            let names = missing.map { ($0.count, $0.sorted().map { "'\($0)'" }.joined(separator: ", ")) }
            guard let fewest = names.min(by: <), fewest.0 > 0 else { continue }
            return "no worker that is online knows \(fewest.1); update one, or start one that does"
        }
        return nil
    }
}
