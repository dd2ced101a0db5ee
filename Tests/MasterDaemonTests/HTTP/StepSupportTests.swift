import Foundation
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct StepSupportTests {
    private func worker(_ steps: [String]?, isOnline: Bool = true) -> WorkerState {
        WorkerState(
            heartbeat: .of("w", steps: steps), date: Date(), isOnline: isOnline, isDraining: false, rate: 0, rates: [])
    }

    private func obstacle(_ transforms: String, _ workers: [WorkerState], status: JobStatus = .pending) -> String? {
        var job = JobRecord.sample(transforms: transforms)
        job.move(to: status)
        return StepSupport(workers).obstacle(to: job)
    }

    @Test func anUnsupportedStepIsNamed() {
        let words = obstacle("sepia,invert,blur", [worker(["invert"]), worker(["invert", "blur"])])
        #expect(words == "no online worker supports 'sepia'; update one, or start one that does")
    }

    /// One worker does all steps of a pass.
    @Test func oneWorkerHasToSupportAllSteps() {
        #expect(obstacle("invert,blur", [worker(["invert"]), worker(["blur"])])?.contains("'blur'") == true)
        #expect(obstacle("invert,blur", [worker(["invert"]), worker(["blur", "invert"])]) == nil)
    }

    @Test func offlineWorkersDoNotCount() {
        #expect(obstacle("invert", [worker(["blur"]), worker(nil, isOnline: false)]) != nil)
        // Without any online worker there is another message.
        #expect(obstacle("invert", [worker(["blur"], isOnline: false)]) == nil)
    }

    @Test func aWorkerWithoutAListSupportsTheOriginalSteps() {
        #expect(obstacle("invert,sepia", [worker(nil)]) == nil)
        #expect(TransformCatalogue.original.isSubset(of: TransformCatalogue.names))
    }

    @Test func anEndedJobHasNoObstacle() {
        #expect(obstacle("invert", [worker([])], status: .completed) == nil)
        #expect(obstacle("invert", [worker([])], status: .processing) != nil)
    }
}
