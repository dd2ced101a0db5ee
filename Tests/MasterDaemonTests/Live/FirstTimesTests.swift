import Testing

@testable import MasterDaemon

@Suite struct FirstTimesTests {
    @Test func eachIsFirstOnce() {
        var times = FirstTimes(capacity: 3)
        let answers = ["a", "b", "a", "c", "b"].map { times.isFirst($0) }
        #expect(answers == [true, true, false, true, false])
    }

    @Test func itRemembersNoMoreThanItsCapacity() {
        var times = FirstTimes(capacity: 3)
        for number in 0..<1000 { _ = times.isFirst("\(number)") }
        #expect(times.count == 3)
        let isFirst = times.isFirst("new")
        #expect(!isFirst)
    }
}
