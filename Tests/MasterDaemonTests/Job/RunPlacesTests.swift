import Testing
import TileCore

@testable import MasterDaemon

@Suite struct RunPlacesTests {
    private let jobs = (0..<4).map { _ in JobID.make() }

    @Test func jobsAreServedInTheOrderOfTheirArrival() {
        var places = RunPlaces(count: 1)
        // In the order of their arrival, not of their ids.
        for job in jobs.reversed() { places.wait(job) }
        var served: [JobID] = []
        while let job = places.next() {
            served.append(job)
            places.take()
            #expect(places.next() == nil)
            places.giveBack()
        }
        #expect(served == jobs.reversed())
        #expect(places.taken == 0)
    }

    @Test func asManyRunAsThereArePlaces() {
        var places = RunPlaces(count: 2)
        for job in jobs { places.wait(job) }
        for job in jobs.prefix(2) {
            #expect(places.next() == job)
            places.take()
        }
        #expect(places.next() == nil && places.taken == 2)
        places.giveBack()
        #expect(places.next() == jobs[2])
    }

    @Test func aJobThatBeginsToWaitAgainGoesToTheEnd() {
        var places = RunPlaces(count: 1)
        for job in [jobs[0], jobs[1]] { places.wait(job) }
        #expect(places.next() == jobs[0])
        places.wait(jobs[0])
        #expect(places.next() == jobs[1])
        #expect(places.next() == jobs[0])
        #expect(places.next() == nil)
    }
}
