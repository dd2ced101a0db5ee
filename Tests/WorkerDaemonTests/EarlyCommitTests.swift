import Testing

@testable import WorkerDaemon

@Suite struct EarlyCommitTests {
    /// If the partition was revoked before the offset was stored, no commit includes the task, and another worker gets it.
    @Test func taskOfARevokedPartitionIsDropped() {
        #expect(EarlyCommit.first(isStored: false) == .leave)
        #expect(EarlyCommit.first(isStored: true) == .commit)
    }

    /// Once its offset is stored, a task is never dropped, because a commit may include the offset at any time.
    @Test(arguments: [false, true], [false, true])
    func storedTaskIsProcessedOrCommittedAgain(isAssigned: Bool, isEnding: Bool) {
        #expect(EarlyCommit.next(isCommitted: true, isAssigned: isAssigned, isEnding: isEnding) == .process)
        let afterFailure = EarlyCommit.next(isCommitted: false, isAssigned: isAssigned, isEnding: isEnding)
        #expect(afterFailure == (isAssigned && !isEnding ? .commitAgain : .process))
    }
}
