import HTTPTypes
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct TrustedProxiesTests {
    private func client(_ proxies: [String], from connection: String?, _ headers: String...) throws -> String? {
        var request = HTTPRequest(method: .get, scheme: "http", authority: "a", path: "/")
        for header in headers { request.headerFields.append(HTTPField(name: .forwardedFor, value: header)) }
        return try TrustedProxies(proxies).client(of: request, from: connection)
    }

    /// A client cannot change its address by a forged header.
    @Test func headersOfUntrustedPeersAreIgnored() throws {
        #expect(try client([], from: "10.0.0.7", "1.2.3.4") == "10.0.0.7")
        #expect(try client(["10.0.0.8"], from: "10.0.0.7", "1.2.3.4") == "10.0.0.7")
        #expect(try client(["10.0.0.7"], from: nil, "1.2.3.4") == nil)
    }

    @Test func theLastWordOfATrustedProxyCounts() throws {
        #expect(try client(["10.0.0.7"], from: "10.0.0.7", "1.2.3.4") == "1.2.3.4")
        #expect(try client(["10.0.0.7"], from: "::ffff:10.0.0.7", "::ffff:1.2.3.4") == "1.2.3.4")
        #expect(try client(["10.0.0.7"], from: "10.0.0.7", "6.6.6.6, 1.2.3.4") == "1.2.3.4", "the first is made up")
        #expect(try client(["10.0.0.7"], from: "10.0.0.7", "6.6.6.6", "1.2.3.4") == "1.2.3.4")
        #expect(try client(["10.0.0.0/24"], from: "10.0.0.7", "6.6.6.6, 1.2.3.4,10.0.0.9") == "1.2.3.4", "two proxies")
        #expect(try client(["10.0.0.0/24"], from: "10.0.0.7", "10.0.0.9") == "10.0.0.9")
        #expect(try client(["10.0.0.7"], from: "10.0.0.7") == "10.0.0.7")
    }

    @Test(arguments: [
        ("1.2.3.4:5678", "1.2.3.4"), ("[2001:db8::1]:5678", "2001:db8::1"), ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"), ("unknown", "::1"), ("1.2.3.4, unknown", "::1"), ("", "::1"), ("1.2.3", "::1"),
        ("+1.2.3.4", "::1"), ("1.2.3.4.5", "::1"), ("1.2.3.256", "::1"),
    ]) func entriesAreRead(entry: String, address: String) throws {
        #expect(try client(["::1"], from: "::1", entry) == address)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("0.0.0.0/0", "9.9.9.9", true),
        ("0.0.0.0/0", "2001:db8::1", false), ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe00::1", false),
        ("10.0.0.128/25", "10.0.0.127", false), ("10.0.0.128/25", "10.0.0.200", true), ("::/0", "9.9.9.9", true),
        ("2001:db8:0:8000::/49", "2001:db8:0:8001::1", true), ("2001:db8:0:8000::/49", "2001:db8:0:7fff::1", false),
    ]) func blocks(block: String, address: String, isIn: Bool) throws {
        #expect(try TrustedProxies([block]).contains(address) == isIn)
    }

    @Test(arguments: [
        "", "proxy.example", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "10.0.0.0/+8", "::/129", "10.0.0.0/8/8",
    ])
    func othersAreRefused(text: String) {
        #expect { try TrustedProxies([text]) } throws: { "\($0)".contains("--trusted-proxy is '\(text)'") }
    }

    /// The connections of all clients of a proxy come from the proxy's address.
    @Test func aProxysConnectionsAreNotCountedByAddress() throws {
        var count = ConnectionCount(maximum: 10, maximumPerAddress: 1, proxies: try TrustedProxies(["10.0.0.7"]))
        for _ in 0..<5 { #expect(count.enter("10.0.0.7") == nil) }
        #expect(count.enter("10.0.0.8") == nil)
        #expect(count.enter("10.0.0.8") == .address("10.0.0.8", 1))
    }
}
