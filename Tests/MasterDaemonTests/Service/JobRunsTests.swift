import Testing
import TileCore

@testable import MasterDaemon

@Suite(.timeLimit(.minutes(1))) struct JobRunsTests {
    private let runs = JobRuns()
    private let job = JobID.make()

    /// The next job that is to run.
    private func next() async -> JobID? { await runs.queue.first { _ in true } }

    @Test func jobsComeInOrder() async {
        let jobs = (0..<5).map { _ in JobID.make() }
        jobs.forEach(runs.add)
        var found: [JobID?] = []
        for _ in jobs { found.append(await next()) }
        #expect(found == jobs)
    }

    @Test func aJobRunsOnceAtATime() async {
        runs.add(job)
        runs.add(job)
        #expect(await next() == job)
        #expect(runs.start(job, Task {}))
        #expect(await next() == job)
        #expect(runs.start(job, Task {}) == false)
        // It comes up again once it has ended.
        runs.end(job)
        #expect(await next() == job)
        #expect(runs.start(job, Task {}))
        runs.end(job)
        await runs.waitForEnd(of: job)
    }

    @Test func whoIsUnknownHasEnded() async {
        await runs.waitForEnd(of: job)
        await runs.stop(job)
    }

    @Test func theEndIsThatOfAllRuns() async {
        runs.add(job)
        _ = await next()
        #expect(runs.start(job, Task {}))
        let end = Task { await runs.waitForEnd(of: job) }
        runs.add(job)
        runs.end(job)
        #expect(await next() == job)
        #expect(runs.start(job, Task {}))
        runs.end(job)
        await end.value
    }

    @Test func aStopCancelsAndWaits() async {
        runs.add(job)
        _ = await next()
        let (never, _) = AsyncStream<Never>.makeStream()
        let task = Task {
            // Ends with the task's cancellation only.
            for await _ in never {}
        }
        #expect(runs.start(job, task))
        await runs.stop(job)
        #expect(task.isCancelled)
        runs.end(job)
        await runs.waitForEnd(of: job)
    }
}
