import Synchronization
import Testing

@testable import MasterDaemon

@Suite struct ClientLimitsTests {
    /// A clock that tests set.
    private final class Clock: Sendable {
        let now = Mutex(0.0)
    }

    private let clock = Clock()
    private let key = Principal(kind: .key, name: "lab", role: .operator)

    private func limiter(_ settings: String...) throws -> RateLimiter {
        RateLimiter(settings: try RateLimitSettings(settings)) { [clock] in clock.now.withLock { $0 } }
    }

    private func refusal(_ body: () throws(ServiceError) -> Void) -> ServiceError? {
        do throws(ServiceError) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test func aKeyIsCountedWhereverItComesFrom() throws {
        let limiter = try limiter("requests=2/m")
        for address in ["10.0.0.1", "10.0.0.2"] {
            try limiter.client(at: address, isOpen: false).of(key).countRequestOfKey()
        }
        let client = limiter.client(at: "10.0.0.3", isOpen: false).of(key)
        let error = try #require(refusal(client.countRequestOfKey))
        #expect(error.code == .tooManyRequests && error.retryAfter == 30)
        #expect(error.exceeded?.name == "requests" && error.exceeded?.remaining == 0)
        #expect(error.detail == "more requests came than the limit 'requests' allows; try again in 30 s")
        clock.now.withLock { $0 = 30 }
        #expect(refusal(client.countRequestOfKey) == nil)
    }

    @Test func anAddressIsCountedWhateverItSends() throws {
        let limiter = try limiter("address-requests=2/m")
        for address in ["2001:db8::1", "2001:db8::2"] {
            try limiter.client(at: address, isOpen: false).countRequestOfAddress()
        }
        let error = refusal(limiter.client(at: "2001:db8::3", isOpen: false).countRequestOfAddress)
        #expect(error?.exceeded?.name == "address-requests")
        #expect(refusal(limiter.client(at: "2001:db8:0:1::1", isOpen: false).countRequestOfAddress) == nil)
        #expect(refusal(limiter.client(at: nil, isOpen: false).countRequestOfAddress) == nil)
    }

    @Test func anOpenMasterLimitsAddressesIfAsked() throws {
        let standard = try limiter().client(at: "10.0.0.1", isOpen: true).of(.anybody)
        #expect(standard.states(stored: 0).isEmpty && !standard.countsJobs)
        let limiter = try limiter("uploads=1/m")
        let (one, other) = (
            limiter.client(at: "10.0.0.1", isOpen: true).of(.anybody),
            limiter.client(at: "10.0.0.2", isOpen: true).of(.anybody)
        )
        try one.countUpload(bytes: 5)
        #expect(refusal { () throws(ServiceError) in try one.countUpload(bytes: 5) } != nil)
        try other.countUpload(bytes: 5)
    }

    @Test func bytesAreCountedAsTheyCome() throws {
        let client = try limiter("bytes=100/d").client(at: "10.0.0.1", isOpen: false).of(key)
        let tooLarge = try #require(refusal { () throws(ServiceError) in try client.countUpload(bytes: 101) })
        #expect(tooLarge.retryAfter == 86400 && tooLarge.exceeded?.remaining == 100)
        try client.countUpload(bytes: 100)
        try client.countUpload(bytes: nil)
        try client.countBytes(60)
        try client.countBytes(40)
        let error = try #require(refusal { () throws(ServiceError) in try client.countBytes(1) })
        #expect(error.retryAfter == 864 && error.exceeded?.unit == "content-bytes")
        // Nothing is left, so an upload is refused before it begins.
        #expect(refusal { () throws(ServiceError) in try client.countUpload(bytes: nil) }?.exceeded?.name == "bytes")
    }

    @Test func jobsCountFromTheirUploadOn() throws {
        let client = try limiter("unfinished=3").client(at: "10.0.0.1", isOpen: false).of(key)
        let first = try client.beginJob(stored: 1)
        #expect(first != nil)
        var second = try client.beginJob(stored: 1)
        #expect(second != nil)
        let error = refusal { () throws(ServiceError) in _ = try client.beginJob(stored: 1) }
        #expect(error?.detail == "3 jobs are unfinished, as many as the limit 'unfinished' allows; try again in 10 s")
        #expect(error?.exceeded?.remaining == 0)
        #expect(client.states(stored: 1).first { $0.name == "unfinished" }?.remaining == 0)
        second = nil
        #expect(client.states(stored: 1).first { $0.name == "unfinished" }?.remaining == 1)
        #expect(refusal { () throws(ServiceError) in _ = try client.beginJob(stored: 1) } == nil)
        #expect(refusal { () throws(ServiceError) in _ = try client.beginJob(stored: 4) } != nil)
        withExtendedLifetime((first, second)) {}
    }

    @Test func channelsCountWhileTheyAreOpen() throws {
        let limiter = try limiter("channels=2", "address-channels=1")
        let (here, there) = (
            limiter.client(at: "10.0.0.1", isOpen: false).of(key), limiter.client(at: "10.0.0.2", isOpen: false).of(key)
        )
        var places = [try here.beginChannel()]
        #expect(
            refusal { () throws(ServiceError) in _ = try here.beginChannel() }?.exceeded?.name == "address-channels")
        // The refused channel has released its use of the other limit.
        places.append(try there.beginChannel())
        #expect(refusal { () throws(ServiceError) in _ = try there.beginChannel() }?.exceeded?.name == "channels")
        places = []
        #expect(limiter.count == 0)
        places = [try there.beginChannel()]
        withExtendedLifetime(places) {}
    }

    @Test func theOwnerSeesItsLimits() throws {
        let client = try limiter("requests=10/m", "bytes=off").client(at: "10.0.0.1", isOpen: false).of(key)
        for _ in 0..<4 { try client.countRequestOfKey() }
        let states = client.states(stored: 7)
        #expect(states.map(\.name) == ["requests", "uploads", "unfinished", "channels"])
        #expect(states[0].remaining == 6 && states[0].resetsIn == 24 && states[0].window == 60)
        #expect(states[2].limit == 250 && states[2].remaining == 243 && states[2].resetsIn == nil)
    }
}
