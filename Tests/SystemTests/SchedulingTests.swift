import Foundation
import Testing
import TileCore

extension SystemTests.SmallTiles {
    /// Jobs that run at the same time, and jobs that are stopped and go on.
    @Suite struct SchedulingTests {
        private static let slow = SystemTests.SmallTiles.slow

        @Test func smallJobOvertakesALargeOne() async throws {
            let master = try SharedMaster.master
            let source = try TestImage.file(1920, 1280)
            let large = try await master.submit(source, transforms: Self.slow)
            #expect(large.progress.total == 600)
            _ = try await master.underWay(large, done: 1)
            let small = try await master.submit(TestImage.file(64, 64), transforms: Self.slow)
            #expect(small.progress.total == 1)
            let smallEnd = try await master.final(small.jobId)
            let largeThen = try await master.job(large.jobId)
            #expect(smallEnd.status == "completed")
            #expect(largeThen.status == "processing")
            // The small job waits for tiles in the window only, not for the large image.
            #expect(largeThen.progress.completed < large.progress.total)
            #expect(try await master.completed(large) == WholeImage.result(of: source, transforms: Self.slow))
        }

        @Test func cancelStopsAJob() async throws {
            let master = try SharedMaster.master
            let job = try await master.submit(TestImage.file(1280, 640), transforms: Self.slow)
            _ = try await master.underWay(job, done: 3)
            let answer = try await master.cancel(job.jobId)
            #expect(answer.status == 200)
            let cancelled: JobAnswer = try answer.decoded()
            #expect(cancelled.status == "cancelled" && cancelled.finishedAt != nil)
            #expect(cancelled.links["retry"] != nil)
            try await master.cancel(job.jobId).expectProblem(409, "wrong-state")
            try await master.api.get("\(job.path)/result").expectProblem(409, "wrong-state")
            let statistics = try await master.statistics()
            #expect(statistics.queue.activeJobs == 0)
            #expect(statistics.queue.tilesInFlight == 0 && statistics.queue.waitingTiles == 0)
            // The cancelled job's tiles in flight do not delay the next job.
            let next = try await master.submit(TestImage.file(64, 64), transforms: "invert")
            _ = try await master.completed(next)
            #expect(try await master.job(job.jobId).status == "cancelled")
            #expect(try await master.statistics().tiles.sent == statistics.tiles.sent + 1)
        }

        @Test func retryDoesOnlyTheMissingTiles() async throws {
            let master = try SharedMaster.master
            let source = try TestImage.file(640, 640, seed: 7)
            let start = try await master.statistics()
            let job = try await master.submit(source, transforms: Self.slow)
            #expect(job.progress.total == 100)
            _ = try await master.underWay(job, done: 20)
            #expect(try await master.cancel(job.jobId).status == 200)
            let (before, done) = try await eventually("every accepted tile is noted", within: 10) {
                let statistics = try await master.statistics()
                let done = try await master.job(job.jobId).progress.completed
                return statistics.tiles.completed - start.tiles.completed == done ? (statistics, done) : nil
            }
            #expect(done >= 20 && done < 100)
            let preview = try await master.api.get("\(job.path)/preview")
            #expect(preview.status == 200 && preview.headers["content-type"] == "image/jpeg")
            let retried = try await master.retry(job.jobId)
            #expect(retried.status == 202)
            #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: Self.slow))
            let after = try await master.statistics()
            let again = after.tiles.reissued - before.tiles.reissued + after.tiles.retried - before.tiles.retried
            #expect(after.tiles.sent - before.tiles.sent == 100 - done + again)
            #expect(after.tiles.completed - before.tiles.completed == 100 - done)
        }

        @Test func deletingARunningJobLeavesNoFile() async throws {
            let master = try SharedMaster.master
            let job = try await master.submit(TestImage.file(1280, 640), transforms: Self.slow)
            _ = try await master.underWay(job, done: 3)
            #expect(try await master.delete(job.jobId).status == 204)
            #expect(!master.jobFiles().contains { $0.contains(job.jobId) })
            try await master.api.get(job.path).expectProblem(404, "not-found")
        }
    }
}
