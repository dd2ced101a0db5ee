import Testing

@testable import MasterDaemon

@Suite struct WindowLimitTests {
    @Test func aConnectionHasItsShareOfAll() {
        let all = WindowLimit(most: 3)
        let (one, other) = (WindowLimit(most: 2, of: all), WindowLimit(most: 2, of: all))
        #expect(one.take() && one.take())
        #expect(!one.take(), "its own are taken")
        #expect(other.take())
        #expect(!other.take(), "all are taken")
        one.give()
        #expect(other.take(), "nothing was kept of the one that was refused")
        other.give()
        #expect(one.take())
    }
}
