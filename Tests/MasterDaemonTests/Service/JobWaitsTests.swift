import Testing
import TileCore

@testable import MasterDaemon

@Suite struct JobWaitsTests {
    private let waits = JobWaits()
    /// In the order of their acceptance.
    private let jobs = (0..<3).map { JobID(rawValue: "0192f0c1-2345-7890-abcd-00000000000\($0)") ?? .make() }

    @Test func aReasonLastsUntilTheNextAttempt() async throws {
        #expect(waits.reason(jobs[0]) == nil)
        _ = waits.wait(jobs[0], "no room")
        #expect(waits.reason(jobs[0]) == "no room" && waits.reason(jobs[1]) == nil)
        try await waits.running(jobs[0]) { #expect(waits.reason(jobs[0]) == nil) }
        _ = waits.wait(jobs[0], "still none")
        waits.end(jobs[0])
        #expect(waits.reason(jobs[0]) == nil)
    }

    @Test func theOldestKeepsWhatItHas() {
        #expect(waits.wait(jobs[1], "no room") == false)
        #expect(waits.wait(jobs[2], "no room"))
        #expect(waits.wait(jobs[0], "no room") == false)
        #expect(waits.wait(jobs[1], "no room"))
        waits.end(jobs[0])
        #expect(waits.wait(jobs[1], "no room") == false)
    }

    @Test func whileAJobRunsAllKeepWhatTheyHave() async throws {
        _ = waits.wait(jobs[0], "no room")
        try await waits.running(jobs[2]) { #expect(waits.wait(jobs[1], "no room") == false) }
        #expect(waits.wait(jobs[1], "no room"))
    }

    @Test func anAttemptThatFailsIsOver() async throws {
        _ = waits.wait(jobs[0], "no room")
        await #expect(throws: CancellationError.self) {
            try await waits.running(jobs[1]) { throw CancellationError() }
        }
        #expect(waits.wait(jobs[1], "no room"))
    }
}
