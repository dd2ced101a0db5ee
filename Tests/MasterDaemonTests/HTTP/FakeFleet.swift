import Synchronization
import TileCore

@testable import MasterDaemon

/// A fleet whose state a test sets.
final class FakeFleet: Fleet, TransportHealth {
    private struct State {
        var online = 0
        var problem: String?
        var takesTiles = false
    }

    private let state = Mutex(State())

    func set(online: Int) { state.withLock { $0.online = online } }
    func set(takesTiles: Bool) { state.withLock { $0.takesTiles = takesTiles } }
    func set(problem: String?) { state.withLock { $0.problem = problem } }

    var workers: [WorkerState] { [] }
    var onlineCount: Int { state.withLock { $0.online } }
    var counts: TransportCounts { TransportCounts(rebalances: 1, reconnects: 2, deadLetters: 7, deadLettersLost: 0) }
    var takesTiles: Bool { state.withLock { $0.takesTiles } }
    func untilWorkersTakeTiles() async {}
    func drain(_ id: String) -> Bool { false }
    func forget(_ id: String) async throws -> Bool {
        guard state.withLock({ $0.online == 0 }) else { return false }
        forgotten.withLock { $0.append(id) }
        return true
    }
    /// The removed workers, in the order of their removal.
    let forgotten = Mutex<[String]>([])

    var problem: String? { state.withLock { $0.problem } }
    func reasonNotReady() async -> String? { problem }
}
