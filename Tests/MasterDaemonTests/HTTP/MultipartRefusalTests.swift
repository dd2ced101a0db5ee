import NIOCore
import Testing

@testable import MasterDaemon

@Suite struct MultipartRefusalTests {
    static let refusals: [(String, MultipartError.Code)] = [
        ("", .boundaryNotFound),
        ("no boundary anywhere", .boundaryNotFound),
        ("--b\n\(multipartField)\n\nx\n--b--", .boundaryNotFound),
        (String(repeating: "x", count: 65), .preambleTooLong),
        (String(repeating: "x", count: 65) + "\r\n--b--", .preambleTooLong),
        ("--b x\r\n", .malformedDelimiter),
        ("--b", .boundaryNotFound),
        ("--b\r\n", .truncated),
        ("--b\r\n\(multipartField)\r\n", .truncated),
        ("--b\r\n\(multipartField)\r\n\r\nx\r\n--b-", .truncated),
        (
            "--b\r\n\(multipartField)\r\n\r\nx\r\n--b\r\n\(multipartField)\r\n\r\n--b\r\n\(multipartField)\r\n",
            .tooManyParts
        ),
        ("--b\r\nX: \(String(repeating: "x", count: 300))", .headersTooLong),
        ("--b\r\n\(String(repeating: "X: 1\r\n", count: 60))", .headersTooLong),
        ("--b\r\nno colon\r\n", .malformedHeader),
        ("--b\r\n: no name\r\n", .malformedHeader),
        ("--b\r\nContent-Type : a/b\r\n", .malformedHeader),
        ("--b\r\n\(multipartField)\n\n", .malformedHeader),
        ("--b\r\nX: a\rb\r\n", .malformedHeader),
        ("--b\r\nX: a\0b\r\n", .malformedHeader),
        ("--b\r\n\(multipartField);\r\n filename=a\r\n", .foldedHeader),
        ("--b\r\n\(multipartField)\r\n\(multipartField)\r\n", .repeatedHeader),
        ("--b\r\n\r\nx\r\n--b--", .missingDisposition),
        ("--b\r\nContent-Type: a/b\r\n\r\n", .missingDisposition),
        ("--b\r\nContent-Disposition: attachment; name=f\r\n\r\n", .malformedDisposition),
        ("--b\r\nContent-Disposition: form-data; name=\"f\r\n\r\n", .malformedDisposition),
        ("--b\r\nContent-Disposition: form-data; name=f; name=g\r\n\r\n", .malformedDisposition),
        ("--b\r\nContent-Disposition: form-data\r\n\r\n", .missingName),
        ("--b\r\nContent-Disposition: form-data; filename=a\r\n\r\n", .missingName),
        ("--b\r\n\(multipartField); filename*=a.png\r\n\r\n", .invalidFilename),
        ("--b\r\n\(multipartField); filename*=ISO-8859-1''a.png\r\n\r\n", .invalidFilename),
        ("--b\r\n\(multipartField); filename*=UTF-8''a%2\r\n\r\n", .invalidFilename),
        ("--b\r\n\(multipartField); filename*=UTF-8''a%xy\r\n\r\n", .invalidFilename),
        ("--b\r\n\(multipartField); filename*=UTF-8''a%00\r\n\r\n", .invalidFilename),
        ("--b\r\n\(multipartField); filename*=UTF-8''a%FF\r\n\r\n", .invalidFilename),
        ("--b\r\n\(multipartField)\r\nContent-Transfer-Encoding: base64\r\n\r\n", .unsupportedTransferEncoding),
    ]

    @Test(arguments: refusals)
    func brokenMessagesAreRefused(message: String, code: MultipartError.Code) throws {
        let limits = MultipartParser.Limits(preambleBytes: 64, headerBytes: 256, parts: 2)
        #expect(try parseMultipart([Array(message.utf8)], limits: limits) == .failed(code))
        #expect(try parseMultipart(message.utf8.map { [$0] }, limits: limits) == .failed(code))
    }

    @Test func headersThatAreNotUTF8AreRefused() throws {
        let message = Array("--b\r\nX: ".utf8) + [0xC3, 0x28] + Array("\r\n".utf8)
        #expect(try parseMultipart([message]) == .failed(.headerNotUTF8))
    }

    @Test func everyRefusalHasACaseHere() {
        let shown = Set(Self.refusals.map(\.1) + Self.contentTypes.map(\.1) + [.headerNotUTF8])
        #expect(shown == Set(MultipartError.Code.allCases))
    }

    @Test func aRefusalStays() throws {
        var parser = try MultipartParser(boundary: "b")
        #expect(throws: MultipartError.malformedDelimiter) { try parser.append(ByteBuffer(string: "--b x")) }
        #expect(throws: MultipartError.malformedDelimiter) { try parser.append(ByteBuffer(string: "\r\n--b--")) }
        #expect(throws: MultipartError.malformedDelimiter) { try parser.finish() }
    }

    @Test func limitsAreInclusive() throws {
        let message = Array("12345678\r\n--b\r\n\(multipartField)\r\n\r\nx\r\n--b--".utf8)
        let exact = MultipartParser.Limits(preambleBytes: 8, headerBytes: multipartField.utf8.count + 4, parts: 1)
        #expect(
            try parseMultipart([message], limits: exact)
                == .parts([MultipartPart(header: .init(name: "f"), body: Array("x".utf8))]))
        let cases: [(WritableKeyPath<MultipartParser.Limits, Int>, MultipartError.Code)] = [
            (\.preambleBytes, .preambleTooLong), (\.headerBytes, .headersTooLong), (\.parts, .tooManyParts),
        ]
        for (limit, code) in cases {
            var limits = exact
            limits[keyPath: limit] -= 1
            #expect(try parseMultipart([message], limits: limits) == .failed(code))
            limits[keyPath: limit] = .min
            #expect(try parseMultipart([message], limits: limits) == .failed(code))
        }
    }

    static let contentTypes: [(String, MultipartError.Code)] = [
        ("", .notMultipart),
        ("image/png", .notMultipart),
        ("multipart/mixed; boundary=b", .notMultipart),
        ("multipart/form-data; boundary=\"b", .notMultipart),
        ("multipart/form-data; boundary=b; boundary=c", .notMultipart),
        ("multipart/form-data; boundary=b c", .notMultipart),
        ("multipart/form-data", .missingBoundary),
        ("multipart/form-data; charset=utf-8;", .missingBoundary),
        ("multipart/form-data; boundary=", .invalidBoundary),
        ("multipart/form-data; boundary=\"\"", .invalidBoundary),
        ("multipart/form-data; boundary=\"b \"", .invalidBoundary),
        ("multipart/form-data; boundary=b*", .invalidBoundary),
        ("multipart/form-data; boundary=é", .invalidBoundary),
        ("multipart/form-data; boundary=\"b\r\n\"", .invalidBoundary),
        ("multipart/form-data; boundary=\(String(repeating: "b", count: 71))", .invalidBoundary),
    ]

    @Test(arguments: contentTypes)
    func contentTypesWithoutAUsableBoundaryAreRefused(text: String, code: MultipartError.Code) {
        let error = #expect(throws: MultipartError.self) { try MultipartParser.boundary(ofContentType: text) }
        #expect(error?.code == code)
    }
}
