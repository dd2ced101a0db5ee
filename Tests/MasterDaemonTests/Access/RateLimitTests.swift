import Testing
import TileCore

@testable import MasterDaemon

@Suite struct RateLimitTests {
    @Test(arguments: [
        ("requests", "1000/s", RateLimit(amount: 1000, window: 1)),
        ("uploads", "600/m", RateLimit(amount: 600, window: 60)),
        ("uploads", "5/h", RateLimit(amount: 5, window: 3600)),
        ("bytes", "1TB/d", RateLimit(amount: 1_000_000_000_000, window: 86400)),
        ("bytes", "4096/s", RateLimit(amount: 4096, window: 1)),
        ("unfinished", "1000", RateLimit(amount: 1000)),
        ("channels", "50", RateLimit(amount: 50)),
    ]) func amountsAreRead(name: String, text: String, limit: RateLimit) throws {
        #expect(RateLimit(text, for: try #require(RateLimit.Name(rawValue: name))) == limit)
    }

    @Test(arguments: [
        ("requests", "1000"), ("requests", "0/s"), ("requests", "-1/s"), ("requests", "+1/s"), ("requests", "1/w"),
        ("requests", "1/s/s"), ("requests", "/s"), ("requests", ""), ("requests", "1GB/s"), ("requests", "1e3/s"),
        ("bytes", "1TB"), ("bytes", "99999999TB/d"), ("channels", "50/s"), ("channels", "0"), ("unfinished", "many"),
    ]) func othersAreRefused(name: String, text: String) throws {
        #expect(RateLimit(text, for: try #require(RateLimit.Name(rawValue: name))) == nil)
    }

    @Test func settingsChangeTheStandard() throws {
        let limits = try RateLimits.standard.changed(by: ["uploads=600/m", "channels=off", "address-requests=5/s"])
        #expect(limits.key[.uploads] == RateLimit(amount: 600, window: 60))
        #expect(limits.key[.channels] == nil)
        #expect(limits.address[.channels] == RateLimits.standard.address[.channels])
        #expect(limits.address[.requests] == RateLimit(amount: 5, window: 1))
        #expect(limits.key[.requests] == RateLimits.standard.key[.requests])
    }

    /// A master without keys has only the limits that were set explicitly.
    @Test func anOpenMasterHasOnlyTheGivenLimits() throws {
        #expect(RateLimitSettings().open == RateLimits())
        let settings = try RateLimitSettings(["requests=5/s"])
        #expect(settings.open.key == [.requests: RateLimit(amount: 5, window: 1)] && settings.open.address.isEmpty)
        #expect(settings.closed.key.count == 5)
    }

    @Test(arguments: ["uploads", "speed=1/s", "address-unfinished=5", "uploads=", "=5/s", "bytes=fast", "address-=1"])
    func wrongSettingsAreNamed(setting: String) {
        #expect { try RateLimits.standard.changed(by: [setting]) } throws: { "\($0)".contains("'\(setting)'") }
    }

    @Test func addressesMapToTheirBlocks() {
        #expect(AddressBlock.of("192.0.2.7") == "192.0.2.7")
        #expect(AddressBlock.of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64")
        #expect(AddressBlock.of("2001:db8:1:2::9") == "2001:db8:1:2::/64")
        #expect(AddressBlock.of("2001:db8::1") == "2001:db8:0:0::/64")
        #expect(AddressBlock.of("::1") == "0:0:0:0::/64")
        #expect(AddressBlock.of("fe80::1%eth0") == "fe80:0:0:0::/64")
        #expect(AddressBlock.of("::ffff:192.0.2.7") == "192.0.2.7")
        #expect(AddressBlock.of("::ffff:c000:207") == "192.0.2.7")
        for text in ["", "nonsense", "1:2:3", ":::", "1:2:3:4:5:6:7:8:9", "12345::", "::1.2.3"] {
            #expect(AddressBlock.of(text) == text)
        }
    }
}
