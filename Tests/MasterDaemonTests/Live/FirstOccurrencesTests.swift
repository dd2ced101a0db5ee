import Testing

@testable import MasterDaemon

@Suite struct FirstOccurrencesTests {
    @Test func eachIsFirstOnce() {
        var occurrences = FirstOccurrences(capacity: 3)
        let answers = ["a", "b", "a", "c", "b"].map { occurrences.isFirst($0) }
        #expect(answers == [true, true, false, true, false])
    }

    @Test func itRemembersNoMoreThanItsCapacity() {
        var occurrences = FirstOccurrences(capacity: 3)
        for number in 0..<1000 { _ = occurrences.isFirst("\(number)") }
        #expect(occurrences.count == 3)
        let isFirst = occurrences.isFirst("new")
        #expect(!isFirst)
    }
}
