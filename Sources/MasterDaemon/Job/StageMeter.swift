import CoreMetrics
import Synchronization
import TileCore

/// Measures the stages of all images since the master's start, to show which stage is the bottleneck.
final class StageMeter: Sendable {
    /// In the order in which a pixel passes them.
    enum Stage: String, Sendable, CaseIterable {
        /// Jobs that wait for their first run after they were accepted.
        case queue
        /// Files read into a canvas by codec processes, for jobs and for views.
        case decode
        /// Tiles with their halos copied out of a canvas.
        case cut
        /// Tiles on their way to a worker and back: the round trip without the kernel, but with waits and cutting.
        case transport
        /// Tiles transformed by workers, as they report it.
        case kernel
        /// Results copied into a canvas.
        case paste
        /// Files written by codec processes.
        case encode
        /// Results synced to the disk, and renamed.
        case commit

        /// Whether the stage's processor time is known.
        var usesProcessor: Bool { ![.queue, .transport, .commit].contains(self) }
    }

    /// The sums of a stage's work. Pieces of work may overlap in time.
    struct Use: Sendable, Equatable {
        /// Tiles or files.
        var count = 0
        /// The bytes of raw pixels that were processed.
        var bytes = 0
        var wall = Duration.zero
        /// Processor time. `nil` for stages that only wait, and for `transport`, whose time librdkafka's threads spend on many
        /// tiles at once.
        var cpu: Duration?
    }

    private let uses = Mutex<[Stage: Use]>([:])
    private let timers: [Stage: Timer]
    private let registry: MetricsRegistry

    /// - Parameter registry: receives the duration of each piece of work.
    init(_ registry: MetricsRegistry = MasterMetrics.registry()) {
        self.registry = registry
        timers = Dictionary(
            uniqueKeysWithValues: Stage.allCases.map { stage in
                let labels = [("stage", stage.rawValue)]
                return (stage, Timer(label: MasterMetrics.stageDuration, dimensions: labels, factory: registry))
            })
    }

    subscript(stage: Stage) -> Use {
        uses.withLock { $0[stage] } ?? Use(cpu: stage.usesProcessor ? .zero : nil)
    }

    func add(_ stage: Stage, bytes: Int, wall: Duration, cpu: Duration? = nil) {
        timers[stage]?.recordNanoseconds(Int64(wall / .nanoseconds(1)))
        uses.withLock { uses in
            var use = uses[stage] ?? Use()
            use.count += 1
            use.bytes += bytes
            use.wall += wall
            if let cpu { use.cpu = (use.cpu ?? .zero) + cpu }
            uses[stage] = use
        }
    }

    /// Counts a job that has ended.
    /// - Parameter time: the time since its acceptance.
    func jobEnded(_ status: JobStatus, after time: Duration) {
        Timer(label: MasterMetrics.jobDuration, dimensions: [("status", status.rawValue)], factory: registry)
            .recordNanoseconds(Int64(max(.zero, time) / .nanoseconds(1)))
    }

    /// Measures work on this thread.
    func measure<R: ~Copyable, E: Error>(_ stage: Stage, bytes: Int, _ work: () throws(E) -> R) throws(E) -> R {
        let clock = ContinuousClock()
        // The wall time encloses the processor time, so that it is never the shorter one.
        let start = clock.now
        let startCPUTime = ThreadClock.cpuTime
        let result = try work()
        let cpu = ThreadClock.cpuTime - startCPUTime
        add(stage, bytes: bytes, wall: clock.now - start, cpu: cpu)
        return result
    }
}
