import Synchronization
import Testing

@testable import MasterDaemon

@Suite struct HostRuleTests {
    private let rule = HostRule(
        listening: "0.0.0.0", others: ["Tiles.example.org", "b.example:8443"], machine: ["Render7.example.net", ""])

    @Test(arguments: [
        "localhost", "localhost:5000", "127.0.0.1:5000", "127.8.9.1", "[::1]:5000", "[::1]", "tiles.example.org",
        "TILES.example.org.", "b.example", "render7.example.net:5000", "render7", "render7.local", "10.1.2.3:5000",
        "a.localhost:5000",
    ])
    func ownNamesAreAccepted(host: String) { #expect(rule.allows(host, ownAddress: "10.1.2.3")) }

    @Test(arguments: [
        "evil.example", "evil.example:5000", "127.0.0.1.evil.example", "localhost.evil.example", "10.1.2.4",
        "127.0.0", "127.0.0.1.1", "127.0.0.256", "[fe80::1]:5000", "tiles.example.org.evil.example", "", ":5000",
        "render8",
        "tiles.example.org@evil.example", "2130706433", "0x7f.0.0.1", "127.0.0.+1:5000", "127.0.1.-0", "127.0.0.",
        "[::1].evil.example", "[::1]x",
    ])
    func otherNamesAreRefused(host: String) { #expect(!rule.allows(host, ownAddress: "10.1.2.3")) }

    /// A certificate can be replaced while the master runs.
    @Test func namesOfTheCurrentCertificateAreAccepted() {
        let names = Mutex(["a.example"])
        let rule = HostRule(listening: "0.0.0.0", others: [], certificateNames: { names.withLock { $0 } }, machine: [])
        #expect(rule.allows("A.example:8443", ownAddress: nil) && !rule.allows("b.example:8443", ownAddress: nil))
        names.withLock { $0 = ["b.example"] }
        #expect(!rule.allows("a.example", ownAddress: nil) && rule.allows("b.example:8443", ownAddress: nil))
    }

    @Test func theAddressOfTheConnectionIsAccepted() {
        #expect(rule.allows("[fd00::5]:5000", ownAddress: "fd00::5"))
        #expect(!rule.allows("[fd00::6]:5000", ownAddress: "fd00::5"))
        #expect(rule.allows("10.0.0.5", ownAddress: "::ffff:10.0.0.5"))
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("localhost", true), ("::1", true), ("127.1.2.3", true), ("0.0.0.0", false), ("::", false),
        ("10.0.0.1", false), ("example.org", false), ("localhost.example", false),
    ])
    func loopbackAddressesAreRecognized(address: String, isOwn: Bool) {
        #expect(HostRule.isOfThisMachine(address) == isOwn)
    }
}
