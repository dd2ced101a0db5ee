import Testing
import TileCore

@testable import MasterDaemon

/// With any events in any order, the scheduler's counts are right and every job ends.
@Suite struct SchedulerPropertyTests {
    @Test(arguments: 0..<150 as Range<UInt64>) func anyCourseOfEventsEndsWell(seed: UInt64) {
        #expect(finished(seed: seed).isDone)
    }

    /// Otherwise the test above would say nothing of groups.
    @Test func someCoursesHaveGroupsOfTiles() {
        let largest = (0..<10 as Range<UInt64>).map { finished(seed: $0).largestGroup }
        #expect(largest.contains { $0 > 1 }, "\(largest)")
    }

    /// The model after random events, and after all its jobs could end.
    private func finished(seed: UInt64) -> SchedulerModel {
        var random = SeededGenerator(seed: seed)
        let partitions = Int.random(in: 1...4, using: &random)
        var model = SchedulerModel(
            partitions: partitions, capacity: [100, 250, 10_000].randomElement(using: &random) ?? 1)
        for _ in 0..<Int.random(in: 1...4, using: &random) { addJob(&model, &random) }
        for _ in 0..<250 {
            step(&model, partitions, &random)
            model.check()
        }
        drain(&model)
        model.check()
        return model
    }

    private func addJob(_ model: inout SchedulerModel, _ random: inout SeededGenerator) {
        // Tiles of 5² to 20² bytes, and more with their halos. Some fill a partition, and some fit only into an empty one.
        let side = Int.random(in: 5...20, using: &random)
        let (columns, rows) = (Int.random(in: 1...6, using: &random), Int.random(in: 1...4, using: &random))
        let grid = TileGrid(image: PixelSize(width: columns * side, height: rows * side), tileSize: side)
        model.add(
            PassGeometry(
                grid: grid, halo: .random(in: 0...side, using: &random), input: .gray(.eight), output: .gray(.eight)),
            lending: [.none, .singly, .inGroups].randomElement(using: &random) ?? .none)
    }

    private func step(_ model: inout SchedulerModel, _ partitions: Int, _ random: inout SeededGenerator) {
        model.pass(time: .milliseconds(.random(in: 0...10, using: &random)))
        let job = model.jobs.keys.sorted { $0.rawValue < $1.rawValue }.randomElement(using: &random)
        let dispatch = model.sent.randomElement(using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<40: _ = model.dispatch()
        case 40..<60: if let dispatch { model.answer(dispatch) }
        case 60..<70: if let dispatch { model.fail(dispatch) }
        case 70..<75: if let dispatch = model.sent.last { model.failToSend(dispatch) }
        case 75..<81: if let job { model.write(job) }
        case 81..<87:
            let (rows, writable) = (Int.random(in: 0...15, using: &random), Int.random(in: 0...15, using: &random))
            if let job { model.add(rows: rows, writable: writable, to: job) }
        case 87..<89: model.passAges()
        case 89: model.passAgesWithoutWorkers()
        case 90..<95: if let job { model.restart(job) }
        case 95: addJob(&model, &random)
        case 96: model.lose("\(Int.random(in: 0...1, using: &random))")
        default:
            let owners = (0..<partitions).filter { _ in Bool.random(using: &random) }.map { partition in
                (partition, PartitionWindow.Owner(worker: "\(partition % 2)", slots: partition + 1))
            }
            model.setFleet(
                slots: .random(in: 0...8, using: &random), owners: Dictionary(uniqueKeysWithValues: owners),
                borrowers: Set(owners.map(\.0).filter { _ in Bool.random(using: &random) }))
        }
    }

    /// From here on there are no faults.
    private func drain(_ model: inout SchedulerModel) {
        for job in model.jobs.keys { model.add(rows: 1000, writable: 1000, to: job) }
        for _ in 0..<1000 where !model.isDone {
            // Makes all earlier attempts late, because some are never answered.
            model.passAges()
            while model.dispatch() {
                model.check()
                if let dispatch = model.sent.last { model.answer(dispatch) }
            }
            for id in model.jobs.keys {
                while model.jobs[id]?.unwritten.isEmpty == false { model.write(id) }
            }
        }
    }
}
