import Foundation
import Testing

extension SystemTests {
    /// Requests that proxies could interpret differently than the master, and bytes that are no requests.
    @Suite(.serialized, .sharedMaster("--local-workers", "0")) struct StrangeRequestTests {
        @Test(arguments: StrangeRequest.all)
        func strangeRequestIsAnsweredRight(_ request: StrangeRequest) async throws {
            let connection = try await RawConnection.open(SharedMaster.master)
            defer { connection.close() }
            await connection.send(request.bytes)
            if !request.closes {
                try await eventually("\(request.statuses), and not \(connection.text.prefix(2000))", within: 30) {
                    connection.statuses.count >= request.statuses.count ? true : nil
                }
                // Further answers to the first request would come before this one's answer.
                await connection.send("GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            }
            try await connection.untilClosed()
            #expect(connection.statuses == request.statuses + (request.closes ? [] : [200]), "\(connection.text)")
            let refusals = [400, 413, 414, 431]
            if let status = request.statuses.first, refusals.contains(status), request.closes {
                #expect(connection.text.contains("\r\nContent-Type: application/problem+json\r\n"))
                #expect(connection.text.contains("\r\nConnection: close\r\n"))
                #expect(connection.text.contains("\r\nX-Content-Type-Options: nosniff\r\n"))
                #expect(connection.text.contains(/\r\nX-Request-Id: [0-9a-f]{32}\r\n/))
                #expect(connection.text.contains("\r\nContent-Security-Policy: default-src 'none'"))
            }
        }

        /// A request in pieces is answered like one in a single piece.
        @Test func requestInSingleBytesIsAnswered() async throws {
            let connection = try await RawConnection.open(SharedMaster.master)
            for byte in "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8 {
                await connection.send([byte])
            }
            try await connection.untilClosed()
            #expect(connection.statuses == [200])
        }

        /// Names in a query, percent-encoded.
        @Test(arguments: [
            "a%0d%0aX-Injected:%201%0d%0a.jpg", "a%0aX-Injected:%201.jpg", "a%00b.jpg",
            "%22;%20filename=evil.exe;%20x=%22.jpg",
            "..%2f..%2fetc%2fpasswd", "C:%5cWindows%5ca.jpg", "%E2%80%AEgpj.exe", "%F0%9F%96%BC%EF%B8%8F.jpg",
            "%ED%A0%80.jpg", "%FF%FE.jpg", "%E4%B8%96%E7%95%8C.jpg", "e%CC%81.jpg", "%C2%85.jpg", "%E2%80%A8.jpg",
            "%25.jpg",
        ])
        func fileNameStaysInItsHeaderField(_ name: String) async throws {
            try await expectOneField(query: "filename=\(name)&transforms=invert")
        }

        /// Names in a form, as raw bytes.
        @Test(arguments: [
            "a\\\"b.jpg", "a\u{d}b.jpg", "a\u{a}b.jpg", "a\u{ed}\u{a0}\u{80}.jpg", "\u{e2}\u{80}\u{ae}gpj.exe",
            "a\u{0}.jpg",
            "../../etc/passwd", "\u{ff}.jpg",
        ])
        func fileNameOfAFormStaysInItsHeaderField(_ name: String) async throws {
            try await expectOneField(formName: name)
        }

        private func expectOneField(query: String = "", formName: String? = nil) async throws {
            let master = try SharedMaster.master
            var body = [UInt8](try await master.api.get("/api/v1/sample").body)
            var type = "image/jpeg"
            if let formName {
                type = "multipart/form-data; boundary=b"
                let head =
                    "--b\r\nContent-Disposition: form-data; name=\"transforms\"\r\n\r\ninvert\r\n--b\r\n"
                    + "Content-Disposition: form-data; name=\"file\"; filename=\"\(formName)\"\r\n\r\n"
                body = head.unicodeScalars.map { UInt8($0.value) } + body + Array("\r\n--b--\r\n".utf8)
            }
            let upload = try await RawConnection.open(master)
            await upload.send(
                "POST /api/v1/jobs\(query.isEmpty ? "" : "?\(query)") HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    + "Content-Type: \(type)\r\nContent-Length: \(body.count)\r\n\r\n")
            await upload.send(body)
            try await upload.untilClosed()
            let statuses = upload.statuses
            // An invalid name is refused. Any other comes back within its header field.
            guard statuses == [202] else { return #expect(statuses == [400], "\(upload.text)") }
            let id = try #require(upload.text.firstMatch(of: /"job_id":"([^"]+)"/)?.1)
            let source = try await RawConnection.open(master)
            await source.send(
                "HEAD /api/v1/jobs/\(id)/source HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            try await source.untilClosed()
            let lines = source.text.replacing("\r\n\r\n", with: "").split(separator: "\r\n")
            #expect(source.statuses == [200])
            #expect(lines.filter { $0.lowercased().hasPrefix("content-disposition:") }.count == 1)
            #expect(!lines.contains { $0.lowercased().hasPrefix("x-injected") })
            #expect(source.text.unicodeScalars.allSatisfy { (32...126).contains($0.value) || $0 == "\r" || $0 == "\n" })
            let field = try #require(lines.first { $0.lowercased().hasPrefix("content-disposition:") })
            #expect(
                field.contains(/: attachment; filename="[^"\\]*"; filename\*=UTF-8''[A-Za-z0-9\-._~%]+$/), "\(field)")
        }
    }
}
