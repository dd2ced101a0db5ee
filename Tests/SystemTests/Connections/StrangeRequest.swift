import Testing

/// Bytes that no honest client sends, and the right answer.
struct StrangeRequest: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    /// The statuses of all answers, in order.
    let statuses: [Int]
    /// Whether the master closes the connection after them.
    let closes: Bool

    var testDescription: String { name }

    /// - Parameters:
    ///   - text: the request, in which each character is one byte. A second, ordinary request follows, which is
    ///     answered if the connection goes on.
    ///   - statuses: the statuses of the answers to the text, without the second request's.
    private init(_ name: String, _ text: String, _ statuses: [Int], closes: Bool) {
        self.name = name
        bytes = text.unicodeScalars.map { UInt8($0.value) } + Array(Self.next.utf8)
        self.statuses = closes ? statuses : statuses + [200]
        self.closes = closes
    }

    private static let host = "Host: 127.0.0.1\r\n"
    private static let next = "GET /livez HTTP/1.1\r\n\(host)\r\n"

    /// A request that is refused. Then the connection ends, because the bytes that follow cannot be interpreted.
    private static func refused(_ name: String, _ text: String, _ status: Int = 400) -> StrangeRequest {
        StrangeRequest(name, text, [status], closes: true)
    }

    private static func answered(_ name: String, _ text: String, _ statuses: Int...) -> StrangeRequest {
        StrangeRequest(name, text, statuses, closes: false)
    }

    /// A request that is answered. Then the connection ends.
    private static func last(_ name: String, _ text: String, _ status: Int) -> StrangeRequest {
        StrangeRequest(name, text, [status], closes: true)
    }

    /// A request with a body that the master reads and ignores.
    private static func post(_ fields: String, _ body: String) -> String {
        "POST /logout HTTP/1.1\r\n\(host)\(fields)\r\n\r\n\(body)"
    }

    private static func get(_ target: String, _ fields: String = "", version: String = "HTTP/1.1") -> String {
        "GET \(target) \(version)\r\n\(host)\(fields)\r\n"
    }

    private static let chunked = "Transfer-Encoding: chunked"
    private static let nothing = "0\r\n\r\n"

    static let all = lengths + codings + chunks + lines + hosts + sizes + targets + versions + methods

    private static let lengths = [
        refused("Content-Length before chunks", post("Content-Length: 6\r\n\(chunked)", "\(nothing)G")),
        refused(
            "chunks before Content-Length", post("\(chunked)\r\nContent-Length: 4", "5c\r\nGPOST / HTTP/1.1\r\n\r\n")),
        refused("two equal lengths", post("Content-Length: 3\r\nContent-Length: 3", "abc")),
        refused("two different lengths", post("Content-Length: 3\r\nContent-Length: 4", "abc")),
        refused("a list of lengths", post("Content-Length: 3, 3", "abc")),
        refused("a negative length", post("Content-Length: -3", "abc")),
        refused("a length with a plus", post("Content-Length: +3", "abc")),
        refused("a length of more than 64 bits", post("Content-Length: 18446744073709551619", "abc")),
        refused("a hexadecimal length", post("Content-Length: 0x3", "abc")),
        refused("a length with a blank", post("Content-Length: 3 3", "abc")),
        refused("an empty length", post("Content-Length:", "")),
        answered("a length with zeros before it", post("Content-Length: 003", "abc"), 303),
        answered("a body where none is wanted", get("/livez", "Content-Length: 5\r\n") + "hello", 200),
        answered("chunks where none are wanted", get("/livez", "\(chunked)\r\n") + "5\r\nhello\r\n\(nothing)", 200),
        refused("a large body where none is wanted", get("/livez", "Content-Length: 65537\r\n"), 413),
    ]

    private static let codings = [
        refused("an unknown coding", post("Transfer-Encoding: xchunked", nothing)),
        refused("identity", post("Transfer-Encoding: identity", "")),
        refused("chunked is not the last coding", post("Transfer-Encoding: chunked, identity", nothing)),
        refused("gzip before chunked", post("Transfer-Encoding: gzip, chunked", nothing)),
        refused("two codings in two fields", post("\(chunked)\r\nTransfer-Encoding: x", nothing)),
        refused("chunked twice", post("\(chunked)\r\n\(chunked)", nothing)),
        refused("a blank before the colon", post("Transfer-Encoding : chunked", nothing)),
        refused("a vertical tab before the coding", post("Transfer-Encoding: \u{b}chunked", nothing)),
        refused("the coding on a line of its own", post("Transfer-Encoding:\r\n chunked", nothing)),
        refused("a blank before the name", post(" \(chunked)", nothing)),
        refused("the coding in quotes", post("Transfer-Encoding: \"chunked\"", nothing)),
        refused("a zero byte behind the coding", post("\(chunked)\u{0}", nothing)),
        refused("chunks in HTTP/1.0", "POST /logout HTTP/1.0\r\n\(host)\(chunked)\r\n\r\n\(nothing)"),
        answered("a tab before the coding", post("Transfer-Encoding:\tchunked", nothing), 303),
        answered("names of any case", post("tRANSFER-eNCODING: CHUNKED", nothing), 303),
    ]

    private static let chunks = [
        refused("a negative chunk", post(chunked, "-1\r\n\r\n")),
        refused("a chunk with 0x", post(chunked, "0x3\r\nabc\r\n\(nothing)")),
        refused("a chunk of more than 64 bits", post(chunked, "fffffffffffffffff\r\nabc")),
        refused("chunks with bare line feeds", post(chunked, "3\nabc\n0\n\n")),
        refused("a line feed in a chunk's extension", post(chunked, "3;x\nabc\r\n\(nothing)")),
        refused("a chunk that is longer than it says", post(chunked, "3\r\nabcX\r\n\(nothing)")),
        refused("a blank behind the chunk's size", post(chunked, "3 \r\nabc\r\n\(nothing)")),
        refused("a length among the trailers", post(chunked, "0\r\nContent-Length: 50\r\n\r\n")),
        answered("an extension", post(chunked, "3;a=b\r\nabc\r\n\(nothing)"), 303),
        answered("a trailer", post(chunked, "0\r\nX: y\r\n\r\n"), 303),
    ]

    private static let lines = [
        refused("bare line feeds", "GET /livez HTTP/1.1\nHost: 127.0.0.1\n\n"),
        refused("bare carriage returns", "GET /livez HTTP/1.1\rHost: 127.0.0.1\r\r"),
        refused("a carriage return in a value", get("/livez", "X: a\rY: b\r\n")),
        refused("a line feed in a value", get("/livez", "X: a\nTransfer-Encoding: chunked\r\n")),
        refused("a field without a colon", get("/livez", "Xyz\r\n")),
        refused("a field without a name", get("/livez", ": a\r\n")),
        refused("a blank behind a name", get("/livez", "X : a\r\n")),
        refused("a zero byte in a value", get("/livez", "X: a\u{0}b\r\n")),
        refused("a folded value", get("/livez", "X: a\r\n b\r\n")),
        refused("bytes of TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}"),
        answered("empty lines before the request", "\r\n\r\n"),
    ]

    private static let hosts = [
        refused("two hosts", get("/livez", "Host: evil.example\r\n")),
        refused("the same host twice", get("/livez", host)),
        refused("no host", "GET /livez HTTP/1.1\r\n\r\n"),
        answered("an empty host", "GET /livez HTTP/1.1\r\nHost:\r\n\r\n", 421),
        answered("two names in a host", "GET /livez HTTP/1.1\r\nHost: 127.0.0.1 evil.example\r\n\r\n", 421),
        answered("a user in a host", "GET /livez HTTP/1.1\r\nHost: 127.0.0.1@evil.example\r\n\r\n", 421),
        answered("a path in a host", "GET /livez HTTP/1.1\r\nHost: 127.0.0.1/evil\r\n\r\n", 421),
        answered("an unknown path and another host", "GET /nothing HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
        answered("an unknown method and another host", "PUT /livez HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
        answered("a list of hosts", "GET /livez HTTP/1.1\r\nHost: 127.0.0.1, evil.example\r\n\r\n", 421),
    ]

    private static let sizes = [
        refused("a long target", get("/" + String(repeating: "a", count: 20_000)), 414),
        refused("a target without an end", "GET /" + String(repeating: "a", count: 300_000), 414),
        refused("a long value", get("/livez", "X: " + String(repeating: "a", count: 20_000) + "\r\n"), 431),
        refused("a long name", get("/livez", String(repeating: "x", count: 20_000) + ": a\r\n"), 431),
        refused("a value without an end", "GET /livez HTTP/1.1\r\nX: " + String(repeating: "a", count: 300_000), 431),
        refused("many fields", get("/livez", String(repeating: "X: a\r\n", count: 101)), 431),
        refused(
            "large fields",
            get("/livez", String(repeating: "X: " + String(repeating: "a", count: 8000) + "\r\n", count: 5)), 431),
        answered("as many fields as there may be", get("/livez", String(repeating: "X: a\r\n", count: 98)), 200),
        answered("a huge number in a query", get("/api/v1/jobs?limit=99999999999999999999"), 400),
        answered("a huge range", get("/livez", "Range: bytes=0-99999999999999999999999\r\n"), 200),
    ]

    private static let targets = [
        answered("a whole address", get("http://127.0.0.1/livez"), 200),
        refused("a whole address of someone else", get("http://evil.example/livez")),
        refused("a host of someone else", "GET http://127.0.0.1/livez HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
        refused("a tunnel", "CONNECT evil.example:443 HTTP/1.1\r\n\(host)\r\n"),
        refused("a host as a target", get("evil.example:443")),
        refused("a star", get("*")),
        answered("a star with OPTIONS", "OPTIONS * HTTP/1.1\r\n\(host)\r\n", 404),
        answered("dots", get("/assets/x/../../../etc/passwd"), 404),
        answered("encoded dots", get("/assets/x/%2e%2e/%2e%2e/etc/passwd"), 404),
        answered("encoded slashes", get("/api%2fv1%2fjobs"), 404),
        answered("encoded slashes in an id", get("/api/v1/jobs/..%2f..%2fetc/source"), 404),
        answered("an encoded letter", get("/%6civez"), 404),
        answered("an encoded zero byte", get("/livez%00"), 404),
        answered("backslashes", get("/..\\..\\etc"), 404),
        answered("a host behind two slashes", get("//evil.example/livez"), 404),
        answered("a broken escape", get("/%zz"), 404),
        refused("a zero byte", get("/livez\u{0}")),
        refused("a backslash first", get("\\livez")),
        refused("a fragment", get("/livez#x")),
        refused("a letter that is not of ASCII", get("/\u{c3}\u{bc}")),
        refused("no target", "GET  HTTP/1.1\r\n\(host)\r\n"),
    ]

    private static let versions = [
        refused("HTTP/0.9", "GET /livez\r\n\r\n"),
        last("HTTP/1.0", "GET /livez HTTP/1.0\r\n\r\n", 200),
        answered("HTTP/1.0 that goes on", "GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200),
        refused("HTTP/1.2", get("/livez", version: "HTTP/1.2")),
        refused("HTTP/2.0", get("/livez", version: "HTTP/2.0")),
        refused("HTTP/11", get("/livez", version: "HTTP/11")),
        refused("HTTP/2 without TLS", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        last(
            "an upgrade to HTTP/2",
            get("/livez", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"), 200),
        last("the last request", get("/livez", "Connection: close\r\n"), 200),
        last("the last request in other letters", get("/livez", "Connection: x, Close\r\n"), 200),
    ]

    private static let methods = [
        refused("a method in small letters", "get /livez HTTP/1.1\r\n\(host)\r\n"),
        refused("a method with a sign", "G=T /livez HTTP/1.1\r\n\(host)\r\n"),
        refused("an unknown method", "FROB /livez HTTP/1.1\r\n\(host)\r\n"),
        refused("a long method", String(repeating: "A", count: 200) + " /livez HTTP/1.1\r\n\(host)\r\n"),
        refused("a tab between method and target", "GET\t/livez\tHTTP/1.1\r\n\(host)\r\n"),
        answered("TRACE", "TRACE /livez HTTP/1.1\r\n\(host)\r\n", 405),
        answered("HEAD", "HEAD /livez HTTP/1.1\r\n\(host)\r\n", 200),
        answered("an announced body that is empty", post("Expect: 100-continue\r\nContent-Length: 0", ""), 303),
        answered("an unknown expectation", post("Expect: 200-ok\r\nContent-Length: 0", ""), 303),
    ]
}
