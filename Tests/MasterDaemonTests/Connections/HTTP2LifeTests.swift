import Testing

@testable import MasterDaemon

@Suite final class HTTP2LifeTests {
    private var life = HTTP2Life(ConnectionLimits(), now: 0)

    private func ended(_ now: Double) -> Bool { life.ended(now: now) }
    private func end() -> Bool { life.end() }

    @Test func theFirstRequestHasTenSeconds() {
        #expect(!life.isOver(now: 9))
        #expect(life.isOver(now: 10))
    }

    @Test func afterARequestThereIsAMinute() {
        life.began()
        #expect(!life.isOver(now: 3600), "it is being answered")
        #expect(!ended(3600))
        #expect(!life.isOver(now: 3659))
        #expect(life.isOver(now: 3660))
    }

    @Test func theMasterEndsOnceAllAreAnswered() {
        life.began()
        life.began()
        #expect(!end())
        #expect(!ended(1))
        #expect(ended(2))
    }

    @Test func theMasterEndsAtOnceWithoutRequests() { #expect(end()) }
}
