import Foundation
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct StorageMeterTests {
    private let ended = Date(timeIntervalSince1970: 1_700_000_000)
    private var clock = FakeClock()
    private var meter = StorageMeter()

    private func job(_ id: JobID = .make(), finishedAt: Date?) -> RetentionPolicy.StoredJob {
        .init(id: id, finishedAt: finishedAt, format: .png)
    }

    /// The sizes of the jobs if each takes `bytes` on the disk, and the jobs that were measured.
    private mutating func measure(
        _ jobs: [RetentionPolicy.StoredJob], onDisk bytes: Int
    ) -> (bytes: [Int], asked: [JobID]) {
        var asked: [JobID] = []
        let measured = meter.measured(jobs, now: clock.now) { job in
            asked.append(job.id)
            return bytes
        }
        return (measured.map(\.bytes), asked)
    }

    @Test mutating func anUnfinishedJobIsMeasuredEachTime() {
        let jobs = [job(finishedAt: nil)]
        for bytes in [1, 2, 3] {
            #expect(measure(jobs, onDisk: bytes).bytes == [bytes])
            clock.advance(.seconds(1000))
        }
    }

    @Test mutating func aFinishedJobIsMeasuredUntilItHasSettled() {
        let jobs = [job(finishedAt: ended)]
        #expect(measure(jobs, onDisk: 1000).bytes == [1000])
        clock.advance(.seconds(59))
        #expect(measure(jobs, onDisk: 100).bytes == [100])
        clock.advance(.seconds(1))
        #expect(measure(jobs, onDisk: 10).bytes == [10])
        clock.advance(.seconds(1))
        #expect(measure(jobs, onDisk: 1) == ([10], []))
    }

    @Test mutating func tenThousandSettledJobsAreNotMeasuredAgain() {
        let jobs = (0..<10_000).map { _ in job(finishedAt: ended) }
        let unfinished = job(finishedAt: nil)
        _ = measure(jobs, onDisk: 7)
        clock.advance(.seconds(60))
        #expect(measure(jobs, onDisk: 7).asked.count == 10_000)
        let again = measure(jobs + [unfinished], onDisk: 5)
        #expect(again.asked == [unfinished.id])
        #expect(again.bytes == Array(repeating: 7, count: 10_000) + [5])
    }

    @Test mutating func aJobThatWasRetriedIsMeasuredAnew() {
        let id = JobID.make()
        _ = measure([job(id, finishedAt: ended)], onDisk: 7)
        clock.advance(.seconds(60))
        _ = measure([job(id, finishedAt: ended)], onDisk: 7)
        #expect(measure([job(id, finishedAt: ended + 1)], onDisk: 9).bytes == [9])
        #expect(measure([job(id, finishedAt: ended + 1)], onDisk: 8).bytes == [8])
    }
}
