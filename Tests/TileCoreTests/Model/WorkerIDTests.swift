import Testing

@testable import TileCore

@Suite struct WorkerIDTests {
    @Test(arguments: ["a", "Z", "0", "worker-1", "rack_3.node-17", "-", String(repeating: "x", count: 100)])
    func validIDsAreAccepted(id: String) { #expect(WorkerID.isValid(id)) }

    @Test(
        arguments: [
            "", " ", "a b", "a/b", "a\\b", "a:b", "wörker", "a\n", "a\u{0}", "<b>", "é", "名",
            String(repeating: "x", count: 101),
        ])
    func invalidIDsAreRefused(id: String) { #expect(!WorkerID.isValid(id)) }

    @Test func everyOtherASCIICharacterIsRefused() {
        let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-".utf8)
        for byte in UInt8(0)...127 {
            #expect(WorkerID.isValid(String(UnicodeScalar(byte))) == allowed.contains(byte), "byte \(byte)")
        }
    }
}
