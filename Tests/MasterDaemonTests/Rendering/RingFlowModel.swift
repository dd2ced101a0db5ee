import Testing
import TileCore

@testable import MasterDaemon

/// A model of a rendering without pixels, threads and time. It has a decoder that writes bands, the real scheduler and
/// watermarks, an encoder, and rings between them. At each step a random stage that can proceed does so.
struct RingFlowModel {
    private let plan: PassPlan
    private let band: Int
    /// The capacity of each image's ring, in rows.
    private let capacity: [Int]
    /// For each image: the complete rows from the top, and those that are no longer needed.
    private var rows: [Int]
    private var released: [Int]
    private var scheduler: Scheduler
    private var watermarks: [RowWatermark]
    private var inFlight: [Scheduler.Dispatch] = []
    private var decoded = 0
    private let clock = FakeClock()
    private let job = JobID.make()

    /// - Parameter fewer: by how many rows all rings except the last are smaller than the minimum.
    init(_ plan: PassPlan, band: Int, tilesInFlight: Int, fewer: Int = 0) {
        self.plan = plan
        self.band = band
        let last = plan.passes.count
        capacity = (0...last).map { image in
            max(1, ImageStorage.leastRows(plan, image, band: band) - (image < last ? fewer : 0))
        }
        rows = Array(repeating: 0, count: last + 1)
        released = rows
        let all = Array(0..<plan.grid.count)
        watermarks = plan.passes.map { _ in RowWatermark(plan.grid, missing: all) }
        var limits = Scheduler.Limits()
        limits.minimumTiles = tilesInFlight
        limits.isLossless = true
        limits.partitionBytes = .max
        limits.bytes = .max
        scheduler = Scheduler(partitions: 1, limits: limits)
        for pass in plan.passes.indices {
            scheduler.begin(
                id(pass), geometry: plan.passes[pass].geometry, missing: all, rows: 0, writableRows: writable(pass + 1))
        }
    }

    private var height: Int { plan.grid.image.height }

    private func id(_ pass: Int) -> PassID { PassID(job: job, number: pass) }

    private func writable(_ image: Int) -> Int { min(height, released[image] + capacity[image]) }

    /// Runs until the last row is encoded, or until no stage can proceed.
    /// - Returns: whether all rows are encoded.
    mutating func run(using random: inout SeededGenerator) -> Bool {
        while released[plan.passes.count] < height {
            var actions: [Action] = inFlight.indices.map { .complete($0) }
            if decoded < height, min(height, decoded + band) <= writable(0) { actions.append(.decode) }
            if rows[plan.passes.count] > released[plan.passes.count] { actions.append(.encode) }
            // Tiles are sent as early as possible.
            while let dispatch = scheduler.next(now: clock.now) {
                check(dispatch)
                inFlight.append(dispatch)
                actions.append(.complete(inFlight.count - 1))
            }
            guard let action = actions.randomElement(using: &random) else { return false }
            perform(action, &random)
        }
        return true
    }

    private enum Action {
        case decode
        case complete(Int)
        case encode
    }

    private mutating func perform(_ action: Action, _ random: inout SeededGenerator) {
        switch action {
        case .decode:
            decoded = min(height, decoded + band)
            complete(decoded, of: 0)
        case .complete(let index):
            let dispatch = inFlight.remove(at: index)
            check(dispatch)
            complete(dispatch)
        case .encode:
            let last = plan.passes.count
            release(Int.random(in: (released[last] + 1)...rows[last], using: &random), of: last)
        }
    }

    /// Checks that the rows that the tile reads and writes are in their rings while it is in flight.
    private func check(_ dispatch: Scheduler.Dispatch) {
        let (pass, index) = (dispatch.tile.pass, dispatch.tile.index)
        let (source, target) = (plan.passes[pass].geometry.source(index), plan.grid[index])
        #expect(source.rows.lowerBound >= released[pass] && source.rows.upperBound <= rows[pass])
        #expect(source.height <= capacity[pass])
        #expect(target.rows.lowerBound >= rows[pass + 1] && target.rows.upperBound <= writable(pass + 1))
    }

    private mutating func complete(_ dispatch: Scheduler.Dispatch) {
        let (pass, index) = (dispatch.tile.pass, dispatch.tile.index)
        let result = TileResult.pixels(
            dispatch.tile, attempt: dispatch.attempt, size: plan.grid[index].size,
            format: plan.passes[pass].geometry.output)
        #expect(scheduler.receive(result, now: clock.now) == .write(plan.grid[index]))
        if scheduler.finish(dispatch.tile) { scheduler.end(id(pass)) }
        watermarks[pass].complete(index)
        complete(watermarks[pass].rows, of: pass + 1)
        release(plan.passes[pass].geometry.rowsDone(completing: watermarks[pass].rows), of: pass)
    }

    private mutating func complete(_ count: Int, of image: Int) {
        rows[image] = count
        if image < plan.passes.count { scheduler.setRows(count, of: id(image)) }
    }

    private mutating func release(_ count: Int, of image: Int) {
        #expect(count <= rows[image] && count >= released[image])
        released[image] = count
        if image > 0 { scheduler.setWritableRows(writable(image), of: id(image - 1)) }
    }
}
