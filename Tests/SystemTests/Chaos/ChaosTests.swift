import Testing

/// Random faults against a stream of random jobs, for as long as `./scripts/chaos` says.
@Suite(.serialized, .enabled(if: ChaosSettings.asked != nil), .timeLimit(.minutes(ChaosSettings.limit)))
struct ChaosTests {
    @Test func noFaultLosesAJob() async throws {
        let settings = try #require(ChaosSettings.asked)
        let report = ChaosReport(title: "chaos, seed \(settings.seed)", path: settings.reportPath)
        let end = ContinuousClock.now + .seconds(settings.minutes * 60)
        var number: UInt64 = 0
        while ContinuousClock.now < end {
            let roundEnd = min(end, ContinuousClock.now + .seconds(150))
            let seed = settings.seed &* 1000 &+ number
            // One kind of cluster, then the other, then both at the same time.
            let choices: [[ChaosArena.Kind]] = [[.embedded], [.cluster], [.embedded, .cluster]]
            let kinds = choices[Int(number % 3)]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for kind in kinds {
                    let round = ChaosRound(report: report, customers: 6 / kinds.count, maximumPixels: 9_000_000)
                    group.addTask { try await round.run(kind, seed: seed, until: roundEnd) }
                }
                try await group.waitForAll()
            }
            number += 1
            if report.findings.count > 50 { break }
        }
        report.save()
        #expect(report.faultCount > 0 && report.number(of: .completed) > 0)
        #expect(report.wrongBytes == 0 && report.findings.isEmpty, "\(report.text)")
    }
}

extension SystemTests {
    /// A short run with fixed seeds.
    @Suite struct ChaosSmoke {
        @Test func aFewFaultsLoseNoJob() async throws {
            let report = ChaosReport(title: "a little chaos")
            var hasHappened: Bool {
                report.faultCount > 0 && report.number(of: .completed) > 0 && (report.totals["sent"] ?? 0) > 0
            }
            // On a busy machine a round may end before anything has happened.
            for seed in 7..<27 as Range<UInt64> where !hasHappened {
                let round = ChaosRound(report: report, customers: 2, maximumPixels: 300_000)
                try await round.run(.embedded, seed: seed, until: ContinuousClock.now + .seconds(15))
            }
            print(report.text)
            #expect(hasHappened)
            #expect(report.wrongBytes == 0)
            #expect(report.findings.isEmpty)
        }
    }
}
