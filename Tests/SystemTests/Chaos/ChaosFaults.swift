import Foundation
import Subprocess
import TileCore

/// Injects one fault after the other while an arena works.
struct ChaosFaults {
    private let arena: ChaosArena
    private let report: ChaosReport
    private var numbers: NumberSequence
    /// The faults to inject before any of them is repeated.
    private var deck: [ChaosFault] = []

    init(_ arena: ChaosArena, numbers: NumberSequence) {
        self.arena = arena
        self.numbers = numbers
        report = arena.report
    }

    mutating func run(until end: ContinuousClock.Instant) async {
        while ContinuousClock.now < end, !arena.isOver {
            await pause(until: end)
            guard ContinuousClock.now < end else { break }
            let fault = draw()
            do {
                try await inject(fault)
                report.count(fault)
                try await arena.checkProcesses()
            } catch {
                report.find("\(fault.rawValue): \(error)")
            }
        }
        await arena.settle()
    }

    /// Waits until some more tiles are done. Sometimes it waits for a moment only, so that a fault can hit a job while
    /// it is received, decoded or encoded.
    private mutating func pause(until end: ContinuousClock.Instant) async {
        if numbers.chance(1, in: 4) {
            try? await Task.sleep(for: .milliseconds(numbers.next(below: 700)))
            return
        }
        let count = 1 + numbers.next(below: 30)
        let (arena, report) = (self.arena, self.report)
        let before = report.totals["completed"] ?? 0
        do {
            try await eventually("\(count) more tiles are done", within: 180, every: .milliseconds(100)) {
                let isEnough = (report.totals["completed"] ?? 0) - before >= count
                return isEnough || !arena.isAwaited || ContinuousClock.now > end ? true : nil
            }
        } catch {
            report.find("\(error)")
        }
    }

    private mutating func draw() -> ChaosFault {
        while true {
            if deck.isEmpty { deck = ChaosFault.allCases }
            let fault = deck.remove(at: numbers.next(below: deck.count))
            switch fault {
            case .brokerDown where arena.proxy == nil: continue
            case .workerReplaced where arena.workers.isEmpty, .workerDrained where arena.workers.isEmpty: continue
            case .workerJoined where arena.workers.count > 2: continue
            default: return fault
            }
        }
    }

    private mutating func inject(_ fault: ChaosFault) async throws {
        switch fault {
        case .workerKilled: try await killWorker()
        case .workerStopped: try await stopWorker()
        case .workerReplaced: try await replaceWorker()
        case .workerJoined: try await arena.addWorker(&numbers)
        case .workerDrained: try await drainWorker()
        case .masterKilled:
            try await arena.restartMaster(by: SIGKILL, after: .milliseconds(numbers.next(below: 2000)))
        case .masterRestarted:
            try await arena.restartMaster(by: SIGTERM, after: .milliseconds(numbers.next(below: 2000)))
        case .masterStopped: await stopMaster()
        case .brokerDown: try await stopBroker()
        case .garbage: try await ChaosIntruder(of: arena).writeGarbage(&numbers)
        case .resultsDoubled: try await ChaosIntruder(of: arena).doubleResults()
        case .tasksStolen: try await ChaosIntruder(of: arena).stealTasks()
        }
    }

    private mutating func anyWorkerProcess() async throws -> Int32? {
        let all = try await arena.workerProcesses()
        return all.isEmpty ? nil : numbers.pick(all)
    }

    private mutating func killWorker() async throws {
        guard let pid = try await anyWorkerProcess() else { return }
        arena.forgetWorker(of: pid)
        kill(pid, SIGKILL)
    }

    private mutating func stopWorker() async throws {
        guard let pid = try await anyWorkerProcess() else { return }
        let pause = Duration.seconds(1 + numbers.next(below: 15))
        kill(pid, SIGSTOP)
        arena.doLater(
            Task {
                try? await Task.sleep(for: pause)
                kill(pid, SIGCONT)
            })
    }

    /// The pause is sometimes longer than a worker may go without heartbeats.
    private mutating func stopMaster() async {
        let process = arena.master.process
        process.send(SIGSTOP)
        try? await Task.sleep(for: .seconds(3 + numbers.next(below: 10)))
        process.send(SIGCONT)
    }

    private mutating func replaceWorker() async throws {
        guard let worker = arena.takeWorker(&numbers) else { return }
        worker.process.send(SIGTERM)
        try await expectEnd(of: worker)
        try await arena.addWorker(&numbers)
    }

    private mutating func drainWorker() async throws {
        let arena = self.arena
        guard let worker = arena.takeWorker(&numbers) else { return }
        // A drain order can get lost after a rebalance, so it is repeated.
        try await eventually("\(worker.id) is drained", within: 60, every: .seconds(2)) {
            if worker.process.hasEnded { return true }
            _ = try await arena.ask("POST", "/api/v1/workers/\(worker.id)/drain")
            return nil
        }
        try await expectEnd(of: worker)
        try await arena.addWorker(&numbers)
    }

    /// Checks that a worker ends in order. It may be paused by SIGSTOP at first.
    private func expectEnd(of worker: ChaosArena.Worker) async throws {
        let status = try await worker.process.status(within: 60)
        // A worker that had not joined the group when the signal came had no tiles to lose, so any status is right.
        let hadBegun = worker.process.errorOutput.contains("joining the group")
        if status != .exited(0), hadBegun { report.find("\(worker.id) ended with \(status)") }
    }

    private mutating func stopBroker() async throws {
        guard let proxy = arena.proxy else { return }
        try await proxy.order("down")
        // Workers can also end, and new ones start, during an outage.
        if numbers.chance(1, in: 3) { try await killWorker() }
        try await Task.sleep(for: .seconds(2 + numbers.next(below: 19)))
        try await proxy.order("up")
    }
}
