import Testing
import TileCore

@testable import MasterDaemon

@Suite struct OrphanWatchTests {
    private var watch = OrphanWatch()
    private let job = JobID.make()
    private let row = JobMachine.Row(status: .processing, generation: 1)

    /// A job that settles while the rows are read may be in them without an owner.
    @Test mutating func aRowWithoutAnOwnerInOneReadingIsNoOrphan() {
        #expect(watch.orphans(in: [job: row], isKnown: { _ in false }) == [])
        #expect(watch.orphans(in: [:], isKnown: { _ in false }) == [])
        #expect(watch.orphans(in: [job: row], isKnown: { _ in false }) == [])
    }

    @Test mutating func aRowWithoutAnOwnerInTwoReadingsIsOne() {
        let other = JobID.make()
        _ = watch.orphans(in: [job: row], isKnown: { _ in false })
        #expect(watch.orphans(in: [job: row, other: row], isKnown: { _ in false }) == [job])
    }

    @Test mutating func aRowThatHasChangedOrHasAnOwnerIsNone() {
        _ = watch.orphans(in: [job: row], isKnown: { _ in false })
        let next = JobMachine.Row(status: .pending, generation: 1)
        #expect(watch.orphans(in: [job: next], isKnown: { _ in false }) == [])
        #expect(watch.orphans(in: [job: next], isKnown: { _ in true }) == [])
        #expect(watch.orphans(in: [job: next], isKnown: { _ in false }) == [])
    }
}
