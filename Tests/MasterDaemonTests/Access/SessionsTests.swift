import Foundation
import Testing

@testable import MasterDaemon

@Suite struct SessionsTests {
    private let sessions = Sessions()
    private let start = Date(timeIntervalSince1970: 1_800_000_000)
    private let basis = Sessions.Basis.key(hash: APIKey().hash)

    @Test func itEndsWhenItIsIdle() {
        let token = sessions.start(basis, of: "ann", now: start)
        #expect(sessions.basis(of: token, now: start + Sessions.idle - 1) == basis)
        #expect(sessions.basis(of: token, now: start + 2 * Sessions.idle - 2) == basis)
        #expect(sessions.basis(of: token, now: start + 3 * Sessions.idle) == nil)
        #expect(sessions.basis(of: token, now: start) == nil, "an ended session stays ended")
    }

    @Test func itEndsInAnyCase() {
        let token = sessions.start(basis, of: "ann", now: start)
        var time = 0.0
        while time < Sessions.longest - Sessions.idle / 2 {
            #expect(sessions.basis(of: token, now: start + time) == basis)
            time += Sessions.idle / 2
        }
        #expect(sessions.basis(of: token, now: start + Sessions.longest) == nil)
    }

    @Test func itEndsWithTheIssuersToken() {
        let principal = Principal(kind: .token, name: "oidc:ann", role: .viewer)
        let token = sessions.start(.token(principal, until: start + 60), of: principal.name, now: start)
        #expect(sessions.basis(of: token, now: start + 59) != nil)
        #expect(sessions.basis(of: token, now: start + 60) == nil)
    }

    @Test func logOutEndsIt() {
        let (token, other) = (
            sessions.start(basis, of: "ann", now: start), sessions.start(basis, of: "ann", now: start)
        )
        sessions.end(token)
        #expect(sessions.basis(of: token, now: start) == nil)
        #expect(sessions.basis(of: other, now: start) == basis)
        #expect(sessions.basis(of: "made up", now: start) == nil)
    }

    @Test func eachIsSeenAndEndedByItsOwnerAlone() {
        let place = Sessions.Place(address: "10.0.0.7", agent: String(repeating: "é", count: 1000))
        let first = sessions.start(basis, of: "ann", at: place, now: start)
        let second = sessions.start(basis, of: "ann", now: start + 1)
        let other = sessions.start(basis, of: "bob", now: start)
        let (id, otherID) = (Sessions.id(of: first), Sessions.id(of: other))
        #expect(id.count == 16 && !first.contains(id))
        let list = sessions.list(of: "ann", now: start + 2)
        #expect(list.map(\.id) == [Sessions.id(of: second), id])
        #expect(list[1].place.address == "10.0.0.7" && list[1].place.agent?.count == Sessions.Place.longestAgent)
        #expect(list[1].start == start && list[1].basis == basis)
        #expect(sessions.basis(of: first, now: start + 3) != nil)
        #expect(sessions.list(of: "ann", now: start + 3).map(\.id).first == id, "it was used last")
        #expect(sessions.end(of: "ann") { $0 == otherID } == 0, "it is bob's")
        #expect(sessions.basis(of: other, now: start + 4) != nil)
        #expect(sessions.end(of: "ann") { $0 == id } == 1)
        #expect(sessions.basis(of: first, now: start + 4) == nil)
        #expect(sessions.list(of: "ann", now: start + 4).count == 1)
        #expect(sessions.list(of: "ann", now: start + Sessions.longest + 1).isEmpty, "all have expired")
        #expect(sessions.list(of: "nobody", now: start).isEmpty)
    }

    /// A program that logs in endlessly ends only its own sessions.
    @Test func theOwnersOldestSessionEndsFirst() {
        let other = sessions.start(basis, of: "bob", now: start)
        let first = sessions.start(basis, of: "ann", now: start)
        let used = sessions.start(basis, of: "ann", now: start)
        for number in 1..<Sessions.most {
            #expect(sessions.basis(of: used, now: start + Double(number)) != nil)
            _ = sessions.start(basis, of: "ann", now: start + Double(number))
        }
        #expect(sessions.basis(of: first, now: start + 100) == nil)
        #expect(sessions.basis(of: used, now: start + 100) != nil, "it was used since")
        for number in 0..<20_000 { _ = sessions.start(basis, of: "ann", now: start + 100 + Double(number) / 1000) }
        #expect(sessions.basis(of: other, now: start + 200) != nil)
        #expect(sessions.count == Sessions.most + 1)
    }

    @Test func endedOnesAreForgotten() {
        for number in 0..<3000 { _ = sessions.start(basis, of: "user-\(number)", now: start) }
        #expect(sessions.count == 3000)
        for number in 0..<3000 { _ = sessions.start(basis, of: "next-\(number)", now: start + Sessions.longest) }
        #expect(sessions.count < 6000)
    }
}
