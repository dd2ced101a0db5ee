import TileCore

/// The steps that online workers support, to find jobs that wait for other workers. Does no I/O.
struct StepSupport: Sendable, Hashable {
    /// The different sets of steps.
    private let known: Set<Set<String>>

    init(_ workers: [WorkerState]) { known = Set(workers.filter(\.isOnline).map(\.heartbeat.knownSteps)) }

    /// Why no online worker can continue a job, as text for its `message`; `nil` if one can, or if no worker is online.
    func obstacle(to job: JobRecord) -> String? {
        // A shortcut, because most fleets run one release, and lists have many jobs.
        guard !job.status.isFinal, !known.isEmpty,
            !known.contains(where: { $0.isSuperset(of: TransformCatalogue.names) }),
            let plan = try? job.plan()
        else { return nil }
        for pass in plan.passes.dropFirst(job.pass) {
            let missing = known.map { pass.pipeline.stepNames.subtracting($0) }
            let names = missing.map { ($0.count, $0.sorted().map { "'\($0)'" }.joined(separator: ", ")) }
            guard let fewest = names.min(by: <), fewest.0 > 0 else { continue }
            return "no online worker supports \(fewest.1); update one, or start one that does"
        }
        return nil
    }
}
