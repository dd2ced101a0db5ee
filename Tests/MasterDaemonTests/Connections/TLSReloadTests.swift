import Foundation
import Testing

@testable import MasterDaemon

@Suite final class TLSReloadTests {
    private var reload = TLSReload(1)

    private func look(_ facts: Int) -> TLSReload<Int>.Step { reload.look(facts) }

    @Test func unchangedFilesAreNotRead() {
        for _ in 1...5 { #expect(look(1) == .nothing) }
    }

    /// The certificate is written before its key. The pair is read once two checks in a row have found the same files.
    @Test func aPairIsReadWhenItIsStable() {
        #expect(look(2) == .nothing)
        #expect(look(3) == .nothing)
        #expect(look(3) == .load)
        #expect(look(3) == .nothing)
    }

    /// The administrator may restore the old files before the new ones are read.
    @Test func theOldFilesAreNotReadAgain() {
        #expect(look(2) == .nothing)
        #expect(look(1) == .nothing)
        #expect(look(1) == .nothing)
    }

    /// A certificate that is valid for 90 days.
    @Test(
        arguments: [
            (-1, TLSCredentials.Validity.notYet), (0, .good), (70, .good), (80, .expiresSoon), (90, .expired),
            (95, .expired),
        ] as [(Int, TLSCredentials.Validity)])
    func validity(day: Int, validity: TLSCredentials.Validity) {
        func date(_ day: Int) -> Date { Date(timeIntervalSince1970: 1_000_000 + Double(day) * 86_400) }
        #expect(TLSCredentials.validity(from: date(0), to: date(90), at: date(day)) == validity)
    }
}
