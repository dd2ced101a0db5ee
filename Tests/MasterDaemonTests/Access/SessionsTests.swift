import Foundation
import Testing

@testable import MasterDaemon

@Suite struct SessionsTests {
    private let sessions = Sessions()
    private let start = Date(timeIntervalSince1970: 1_800_000_000)
    private let basis = Sessions.Basis.key(hash: APIKey().hash)

    @Test func itEndsWhenItIsIdle() {
        let token = sessions.start(basis, now: start)
        #expect(sessions.basis(of: token, now: start + Sessions.idle - 1) == basis)
        #expect(sessions.basis(of: token, now: start + 2 * Sessions.idle - 2) == basis)
        #expect(sessions.basis(of: token, now: start + 3 * Sessions.idle) == nil)
        #expect(sessions.basis(of: token, now: start) == nil, "ended is ended")
    }

    /// An open page looks again and again whether its session is good. That keeps no session alive.
    @Test func beingLookedAtIsNoUse() {
        let token = sessions.start(basis, now: start)
        #expect(sessions.basis(of: token, now: start + Sessions.idle - 1, isUse: false) == basis)
        #expect(sessions.basis(of: token, now: start + Sessions.idle) == nil)
    }

    @Test func itEndsInAnyCase() {
        let token = sessions.start(basis, now: start)
        var time = 0.0
        while time < Sessions.longest - Sessions.idle / 2 {
            #expect(sessions.basis(of: token, now: start + time) == basis)
            time += Sessions.idle / 2
        }
        #expect(sessions.basis(of: token, now: start + Sessions.longest) == nil)
    }

    @Test func itEndsWithTheWordOfTheIssuer() {
        let principal = Principal(kind: .token, name: "oidc:ann", role: .viewer)
        let token = sessions.start(.token(principal, until: start + 60), now: start)
        #expect(sessions.basis(of: token, now: start + 59) != nil)
        #expect(sessions.basis(of: token, now: start + 60) == nil)
    }

    @Test func logOutEndsIt() {
        let (token, other) = (sessions.start(basis, now: start), sessions.start(basis, now: start))
        sessions.end(token)
        #expect(sessions.basis(of: token, now: start) == nil)
        #expect(sessions.basis(of: other, now: start) == basis)
        #expect(sessions.basis(of: "made up", now: start) == nil)
    }
}
