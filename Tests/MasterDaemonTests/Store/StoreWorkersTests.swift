import Foundation
import Testing

@testable import MasterDaemon

@Suite struct StoreWorkersTests {
    private let test: TestStore
    private var store: Store { test.store }
    private let limit = Date(timeIntervalSince1970: 1_700_000_000)

    init() throws { test = try TestStore() }

    private func save(_ id: String, secondsBeforeLimit: Double) async throws {
        try await store.save([
            WorkerRecord(
                workerID: id, status: .offline, lastHeartbeat: limit - secondsBeforeLimit, host: "h", pid: 1, slots: 1,
                tilesDone: 0)
        ])
    }

    @Test func oldWorkersAreRemovedAndRecordedAsChanges() async throws {
        try await save("old", secondsBeforeLimit: 0.001)
        try await save("older", secondsBeforeLimit: 1e6)
        try await save("young", secondsBeforeLimit: 0)
        try await save("online", secondsBeforeLimit: 1e6)
        _ = store.changes.take()
        #expect(try await store.forgetWorkers(heardBefore: limit, except: ["online"]) == ["old", "older"])
        #expect(try await store.workers().map(\.workerID) == ["online", "young"])
        #expect(store.changes.take().workers == ["old", "older"])
        #expect(try await store.forgetWorkers(heardBefore: limit, except: ["online"]) == [])
        #expect(store.changes.take().workers.isEmpty)
    }
}
