import Foundation

/// A fresh arena with customers, and faults until the end of the round.
struct ChaosRound: Sendable {
    let report: ChaosReport
    let references = ChaosReferences()
    let customers: Int
    let maximumPixels: Int

    func run(_ kind: ChaosArena.Kind, seed: UInt64, until end: ContinuousClock.Instant) async throws {
        report.beginRound()
        try await Workbench.with { bench in
            let before = report.findings.count
            do {
                var numbers = NumberSequence(seed: seed)
                let arena = try await ChaosArena.start(kind, in: bench, report: report, &numbers)
                try await arena.addWorker(&numbers)
                await work(in: arena, seed: seed, until: end)
                if !arena.isOver { try await arena.checkLeftovers() }
            } catch {
                report.find("\(kind), seed \(seed): \(error)")
            }
            if report.findings.count > before {
                bench.keep()
                report.keep(bench.folder)
            }
        }
    }

    private func work(in arena: ChaosArena, seed: UInt64, until end: ContinuousClock.Instant) async {
        let looking = Task {
            while !Task.isCancelled {
                await arena.readCounters()
                report.save()
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
        await withDiscardingTaskGroup { group in
            group.addTask {
                var faults = ChaosFaults(arena, numbers: NumberSequence(seed: seed &* 100 &+ 99))
                await faults.run(until: end)
            }
            for number in 0..<customers {
                group.addTask {
                    var customer = ChaosCustomer(
                        arena, references: references, maximumPixels: maximumPixels,
                        numbers: NumberSequence(seed: seed &* 100 &+ UInt64(number)))
                    await customer.run(until: end)
                }
            }
        }
        looking.cancel()
        await looking.value
        await arena.readCounters()
    }
}
