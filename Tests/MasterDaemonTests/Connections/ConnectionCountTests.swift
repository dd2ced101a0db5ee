import Testing

@testable import MasterDaemon

@Suite final class ConnectionCountTests {
    private var count = ConnectionCount(maximum: 5, maximumPerAddress: 2)

    private func enter(_ address: String?) -> ConnectionCount.Refusal? { count.enter(address) }

    @Test func anAddressHasItsOwnLimit() {
        #expect(enter("192.0.2.1") == nil)
        #expect(enter("192.0.2.1") == nil)
        #expect(enter("192.0.2.1") == .address("192.0.2.1", 2))
        #expect(enter("192.0.2.2") == nil)
        count.leave("192.0.2.1")
        #expect(enter("192.0.2.1") == nil)
        #expect(count.total == 3)
    }

    /// One customer's IPv6 network has 65,536 blocks that are counted as addresses. So the network has a limit, too.
    @Test func aNetworkOfIPv6HasTwiceAsMany() {
        var count = ConnectionCount(maximum: 50, maximumPerAddress: 2)
        for block in 1...4 {
            let refusal = count.enter("2001:db8:1:\(block)::1")
            #expect(refusal == nil)
        }
        #expect(count.enter("2001:db8:1:5::1") == .network("2001:db8:1::/48", 4))
        #expect(count.enter("2001:db8:2:5::1") == nil)
        count.leave("2001:db8:1:2::9")
        #expect(count.enter("2001:db8:1:5::1") == nil)
        #expect(count.total == 5)
    }

    @Test func thereIsALimitForAll() {
        for last in 1...5 { #expect(enter("192.0.2.\(last)") == nil) }
        #expect(enter("192.0.2.9") == .all(5))
        count.leave("192.0.2.3")
        #expect(enter("192.0.2.9") == nil)
    }

    /// If a proxy runs on this machine, the connections of all clients come from it.
    @Test(arguments: ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", nil])
    func loopbackHasNoLimitOfItsOwn(address: String?) {
        for _ in 1...5 { #expect(enter(address) == nil) }
        #expect(enter(address) == .all(5))
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"), ("2001:db8::9", "2001:db8:0:0::/64"),
        ("fe80::1%eth0", "fe80:0:0:0::/64"), ("2001:0DB8:1:0002::9", "2001:db8:1:2::/64"),
    ])
    func aNetworkOfIPv6CountsAsOneAddress(address: String, group: String) {
        #expect(AddressBlock.of(address) == group)
    }

    @Test(arguments: [
        ("2001:db8:1:2::9", "2001:db8:1::/48"), ("::1", "0:0:0::/48"), ("192.0.2.1", nil), ("::ffff:192.0.2.1", nil),
    ])
    func theNetworkOfAnAddress(address: String, network: String?) {
        #expect(AddressBlock.network(of: address) == network)
    }

    @Test(arguments: [(1024, 65_536, 1024), (1024, 1024, 384), (30_000, 65_536, 30_000), (100, 200, 1)])
    func thereAreDescriptorsForAllOfThem(maximum: Int, files: Int, result: Int) {
        #expect(ConnectionLimits.bounded(maximum, openFiles: files) == result)
    }
}
