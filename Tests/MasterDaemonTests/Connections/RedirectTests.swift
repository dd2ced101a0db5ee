import NIOCore
import Testing

@testable import MasterDaemon

@Suite struct RedirectTests {
    private func answer(_ target: String, _ host: String?, port: Int = 8443, isPage: Bool = true) -> String {
        let hosts = HostRule(listening: "0.0.0.0", others: ["tiles.example.org"], machine: [])
        return String(
            buffer: Redirect(hosts: hosts, port: port).answer(
                to: target, isPage: isPage, host: host, ownAddress: "192.0.2.7", requestID: "r-1"))
    }

    private func isSafe(_ answer: String) -> Bool {
        answer.contains("\r\nX-Content-Type-Options: nosniff\r\n") && answer.contains("\r\nX-Request-Id: r-1\r\n")
            && answer.contains("\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n")
    }

    @Test(arguments: [
        ("/", "tiles.example.org", 8443, "https://tiles.example.org:8443/"),
        ("/jobs?a=1&b=%0d", "tiles.example.org:80", 443, "https://tiles.example.org/jobs?a=1&b=%0d"),
        ("//evil.example/", "localhost", 443, "https://localhost//evil.example/"),
        ("/", "[::1]:8080", 8443, "https://[::1]:8443/"), ("/", "192.0.2.7", 443, "https://192.0.2.7/"),
    ])
    func itLeadsToTheSamePlace(target: String, host: String, port: Int, place: String) {
        let answer = answer(target, host, port: port)
        #expect(answer.hasPrefix("HTTP/1.1 308 Permanent Redirect\r\n"))
        #expect(answer.contains("\r\nLocation: \(place)\r\n"))
        #expect(answer.contains("\r\nConnection: close\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n"))
        #expect(isSafe(answer))
    }

    /// A program that is redirected would go on sending its key unencrypted.
    @Test func programsAreToldInstead() {
        let answer = answer("/api/v1/jobs", "tiles.example.org", isPage: false)
        #expect(answer.hasPrefix("HTTP/1.1 403 ") && answer.contains("not encrypted") && !answer.contains("Location"))
        #expect(isSafe(answer))
    }

    @Test(arguments: ["evil.example", "tiles.example.org.evil.example", "tiles.example.org@evil.example", "", nil])
    func aForeignNameIsNotRepeated(host: String?) {
        let answer = answer("/x", host)
        #expect(answer.hasPrefix("HTTP/1.1 421 "))
        #expect(!answer.contains("evil") && !answer.contains("Location"))
    }

    @Test(arguments: ["*", "http://evil.example/", "evil.example:443", "/a b", "/\u{7f}", "/ü"])
    func aTargetThatIsNoPath(target: String) {
        let answer = answer(target, "localhost")
        #expect(answer.hasPrefix("HTTP/1.1 400 "))
        #expect(!answer.contains("evil"))
    }
}
