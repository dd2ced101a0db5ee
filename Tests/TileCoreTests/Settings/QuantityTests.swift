import Testing

@testable import TileCore

@Suite struct QuantityTests {
    @Test(arguments: [("1s", 1), ("90s", 90), ("30m", 1800), ("12h", 43200), ("7d", 604_800)])
    func times(text: String, seconds: Int) {
        #expect(Quantity.duration(text) == .seconds(seconds))
    }

    @Test(arguments: [
        ("1B", 1), ("5kB", 5000), ("5KB", 5000), ("500MB", 500_000_000), ("20GB", 20_000_000_000),
        ("2TB", 2_000_000_000_000), ("1KiB", 1024), ("3MiB", 3 << 20), ("1GiB", 1 << 30), ("1TiB", 1 << 40),
    ])
    func amounts(text: String, bytes: Int) {
        #expect(Quantity.bytes(text) == bytes)
    }

    @Test(arguments: [
        "", "7", "d", "0d", "-1d", "7 d", "7D", "1.5h", "7dd", "20gb", "0GB", "９d",
        "9999999999999999999d", "99999999TB",
    ])
    func whatIsNone(text: String) {
        #expect(Quantity.duration(text) == nil)
        #expect(Quantity.bytes(text) == nil)
    }
}
