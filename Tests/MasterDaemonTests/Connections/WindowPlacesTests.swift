import Testing

@testable import MasterDaemon

@Suite struct WindowPlacesTests {
    @Test func aConnectionHasItsShareOfAll() {
        let all = WindowPlaces(most: 3)
        let (one, other) = (WindowPlaces(most: 2, of: all), WindowPlaces(most: 2, of: all))
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
