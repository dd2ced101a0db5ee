import CoreMetrics
import Synchronization
import TileCore

/// What the stages of all images have taken since the master's start, so that it shows which of them bounds it.
final class StageMeter: Sendable {
    /// In the order in which a pixel meets them.
    enum Stage: String, Sendable, CaseIterable {
        /// Jobs that wait for a place, from their acceptance until their first run begins.
        case queue
        /// Files read into a canvas by codec processes, for jobs and for views.
        case decode
        /// Tiles with their halos copied out of a canvas.
        case cut
        /// Tiles on their way to a worker and back: all of a round trip but the kernel. Waits and cutting are in it.
        case transport
        /// Tiles transformed by workers, as these say.
        case kernel
        /// Results copied into a canvas.
        case paste
        /// Files written by codec processes.
        case encode
        /// Results brought onto the disk, and under their names.
        case commit

        /// Whether its processor time is known.
        var usesProcessor: Bool { ![.queue, .transport, .commit].contains(self) }
    }

    /// Sums over the pieces of work of a stage, which overlap.
    struct Use: Sendable, Equatable {
        /// Tiles or files.
        var count = 0
        /// Of raw pixels that went through.
        var bytes = 0
        var wall = Duration.zero
        /// `nil` for `transport`, which is spent on threads of librdkafka, of many tiles at once, and for what only waits.
        var cpu: Duration?
    }

    private let uses = Mutex<[Stage: Use]>([:])
    private let timers: [Stage: Timer]
    private let registry: MetricsRegistry

    /// - Parameter registry: gets how long each piece of work takes.
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

    /// A job has come to its end.
    /// - Parameter time: since its acceptance.
    func jobEnded(_ status: JobStatus, after time: Duration) {
        Timer(label: MasterMetrics.jobDuration, dimensions: [("status", status.rawValue)], factory: registry)
            .recordNanoseconds(Int64(max(.zero, time) / .nanoseconds(1)))
    }

    /// Counts work that is done on this thread.
    func measure<R: ~Copyable, E: Error>(_ stage: Stage, bytes: Int, _ work: () throws(E) -> R) throws(E) -> R {
        let clock = ContinuousClock()
        // The processor's time inside the time that goes by, so that it is never the longer one.
        let start = clock.now
        let startCPUTime = ThreadClock.cpuTime
        let result = try work()
        let cpu = ThreadClock.cpuTime - startCPUTime
        add(stage, bytes: bytes, wall: clock.now - start, cpu: cpu)
        return result
    }
}
