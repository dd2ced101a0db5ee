import HTTPTypes
import NIOHTTP1
import Testing

@testable import MasterDaemon

@Suite struct RequestRulesTests {
    private func checked(
        _ uri: String, _ fields: HTTPHeaders = ["Host": "localhost"], _ method: HTTPMethod = .GET,
        _ version: HTTPVersion = .http1_1
    ) -> (uri: String, isFine: Bool) {
        var head = HTTPRequestHead(version: version, method: method, uri: uri, headers: fields)
        let fault = RequestRules.check(&head)
        return (head.uri, fault == nil)
    }

    @Test func oneHostIsNeeded() {
        #expect(checked("/").isFine)
        #expect(!checked("/", [:]).isFine)
        #expect(checked("/", [:], .GET, .http1_0).isFine)
        #expect(!checked("/", ["Host": "a", "Host": "a"]).isFine)
        #expect(!checked("/", ["host": "a", "HOST": "b"], .GET, .http1_0).isFine)
    }

    @Test(arguments: [("chunked", true), ("CHUNKED", true), ("gzip, chunked", false), ("identity", false), ("", false)])
    func codings(coding: String, isFine: Bool) {
        let fields: HTTPHeaders = ["Host": "localhost", "Transfer-Encoding": coding]
        #expect(checked("/", fields, .POST).isFine == isFine)
        #expect(!checked("/", fields, .POST, .http1_0).isFine)
    }

    @Test(arguments: [
        ("http://localhost/livez", "/livez"), ("HTTPS://LOCALHOST/a?b", "/a?b"), ("http://localhost", "/"),
        ("http://localhost?a=1", "/?a=1"),
    ])
    func aWholeAddressOfTheSameHost(target: String, path: String) {
        let result = checked(target)
        #expect(result.isFine && result.uri == path)
    }

    @Test(arguments: [
        "http://evil.example/", "http://localhost:81/", "http://x@localhost/", "ftp://localhost/", "evil.example:443",
        "*",
        "/a#b", "",
    ])
    func aTargetThatIsRefused(target: String) { #expect(!checked(target).isFine) }

    @Test func fieldsOfHTTP2AreCountedAsThoseOfHTTP1() {
        var request = HTTPRequest(method: .get, scheme: "https", authority: "localhost", path: "/")
        for index in 0..<100 { request.headerFields.append(HTTPField(name: HTTPField.Name("X-\(index)")!, value: "1")) }
        #expect(RequestRules.check(request) == nil)
        request.headerFields.append(HTTPField(name: .accept, value: "*/*"))
        #expect(RequestRules.check(request)?.code == .headerTooLarge)
    }

    @Test func theServerAsAWhole() {
        #expect(checked("*", ["Host": "localhost"], .OPTIONS).isFine)
        #expect(!checked("localhost:443", ["Host": "localhost"], .CONNECT).isFine)
    }
}
