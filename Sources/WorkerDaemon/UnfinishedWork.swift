import Synchronization

/// Counts work that has begun and not ended yet, and lets a task wait until the count is 0.
final class UnfinishedWork: Sendable {
    private struct State {
        var count = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func begin() { state.withLock { $0.count += 1 } }

    func end() {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.count -= 1
            guard state.count == 0 else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func waitForNone() async {
        await withCheckedContinuation { continuation in
            let isNone = state.withLock { state -> Bool in
                guard state.count > 0 else { return true }
                state.waiting.append(continuation)
                return false
            }
            if isNone { continuation.resume() }
        }
    }
}
