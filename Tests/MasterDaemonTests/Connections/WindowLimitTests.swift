import Testing

@testable import MasterDaemon

@Suite struct WindowLimitTests {
    @Test func aConnectionHasItsShareOfAll() {
        let all = WindowLimit(most: 3)
        let (one, other) = (WindowLimit(most: 2, of: all), WindowLimit(most: 2, of: all))
        #expect(one.take() && one.take())
        #expect(!one.take(), "all places of the connection are taken")
        #expect(other.take())
        #expect(!other.take(), "the places of all connections are taken")
        one.give()
        #expect(other.take(), "the refused request took no place")
        other.give()
        #expect(one.take())
    }
}
