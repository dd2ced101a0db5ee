import Testing
import TileCore

@testable import MasterDaemon

@Suite struct JobMachineModelTests {
    @Test(arguments: 0..<400 as Range<UInt64>) func anyOrderOfEvents(_ seed: UInt64) {
        var model = JobMachineModel(seed: seed)
        for _ in 0..<400 { model.step() }
        model.calmDown()
        model.checkRest()
    }

    /// A failing seed can be reproduced.
    @Test(arguments: 0..<20 as Range<UInt64>) func aSeedStandsForOneOrder(_ seed: UInt64) {
        let traces = (0..<2).map { _ in
            var model = JobMachineModel(seed: seed)
            for _ in 0..<400 { model.step() }
            model.calmDown()
            return model.trace
        }
        #expect(traces[0] == traces[1] && traces[0].count > 100)
    }

    /// The model must reach all cases. Otherwise it would prove nothing.
    @Test func theOrdersMeetEverything() {
        var (answers, asked): (Set<String>, Set<JobMachine.Command>) = ([], [])
        var (canvasRemovals, fileRemovals, staleRows) = (0, 0, 0)
        var ends: Set<JobStatus> = []
        for seed in 0..<40 as Range<UInt64> {
            var model = JobMachineModel(seed: seed)
            for _ in 0..<400 { model.step() }
            model.calmDown()
            for (ticket, answer) in model.answers {
                answers.insert("\(answer)".prefix { $0 != "(" }.description)
                if answer == .done, let request = model.asked[ticket] { asked.insert(request.command) }
            }
            for action in model.trace {
                if case .removeCanvases = action { canvasRemovals += 1 }
                if case .removeFiles = action { fileRemovals += 1 }
            }
            #expect(model.completions.count > 0 && model.deleted.count > 0)
            staleRows += model.staleRows
            ends.formUnion(model.ends)
        }
        #expect(canvasRemovals > 0 && fileRemovals > 0 && staleRows > 100)
        #expect(ends == [.completed, .failed, .cancelled])
        #expect(asked == [.cancel, .retry, .delete, .expire])
        #expect(answers == ["done", "wrongState", "notFound", "failed", "stopping"])
    }
}
