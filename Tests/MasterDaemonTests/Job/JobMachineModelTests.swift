import Testing

@testable import MasterDaemon

@Suite struct JobMachineModelTests {
    @Test(arguments: 0..<400 as Range<UInt64>) func anyOrderOfEvents(_ seed: UInt64) {
        var model = JobMachineModel(seed: seed)
        for _ in 0..<400 { model.step() }
        model.calmDown()
        model.checkRest()
    }

    /// A seed that fails can be looked at.
    @Test(arguments: 0..<20 as Range<UInt64>) func aSeedStandsForOneOrder(_ seed: UInt64) {
        let traces = (0..<2).map { _ in
            var model = JobMachineModel(seed: seed)
            for _ in 0..<400 { model.step() }
            model.calmDown()
            return model.trace
        }
        #expect(traces[0] == traces[1] && traces[0].count > 100)
    }

    /// The model draws what it is meant to: else it would prove nothing.
    @Test func theOrdersMeetEverything() {
        var answers: Set<String> = []
        for seed in 0..<40 as Range<UInt64> {
            var model = JobMachineModel(seed: seed)
            for _ in 0..<400 { model.step() }
            model.calmDown()
            for answer in model.answers.values {
                answers.insert("\(answer)".prefix { $0 != "(" }.description)
            }
            #expect(model.completions.count > 0 && model.deleted.count > 0)
        }
        #expect(answers == ["done", "wrongState", "notFound", "failed", "stopping"])
    }
}
