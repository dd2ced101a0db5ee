import Testing

@testable import MasterDaemon

@Suite struct JobMachineModelTests {
    @Test(arguments: 0..<400 as Range<UInt64>) func anyOrderOfEvents(_ seed: UInt64) {
        var model = JobMachineModel(seed: seed)
        for _ in 0..<400 { model.step() }
        model.calmDown()
        model.checkRest()
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
