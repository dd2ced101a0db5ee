import Testing

@testable import MasterDaemon

@Suite struct MultipartHeaderTests {
    @Test(arguments: [
        ("multipart/form-data; boundary=b", "b"),
        ("Multipart/Form-Data ;charset=utf-8;BOUNDARY=\"a b:c/d\" ; x=y;", "a b:c/d"),
        ("multipart/form-data; boundary=a/b=c", "a/b=c"),
        ("multipart/form-data; boundary=\(String(repeating: "b", count: 70))", String(repeating: "b", count: 70)),
    ])
    func boundaryOfAContentType(text: String, boundary: String) throws {
        #expect(try MultipartParser.boundary(ofContentType: text) == boundary)
    }

    @Test(arguments: [
        ("form-data; name=f", "f", nil),
        ("Form-Data;NAME=\"f\";", "f", nil),
        ("form-data; name=\"\"; filename=\"\"", "", ""),
        ("form-data; name=\"a;b=c\"; filename=\"x y.png\"", "a;b=c", "x y.png"),
        ("form-data; name=\"a\\\"b\\\\c\"", "a\"b\\c", nil),
        ("form-data; name=\"a%22b%20%2\"; filename=\"%22\"", "a\"b%20%2", "\""),
        ("form-data; name=f; filename=\"C:\\dir\\é.png\"", "f", "C:\\dir\\é.png"),
        ("form-data; name=f; filename=\"e.png\"; filename*=utf-8'en'%c3%A9%22.png", "f", "é\".png"),
        ("form-data; name=\"\u{301}\"; filename=\"a\u{301}\"", "\u{301}", "a\u{301}"),
    ])
    func dispositionOfAPart(text: String, name: String, filename: String?) throws {
        let header = MultipartParser.PartHeader(name: name, filename: filename, contentType: nil)
        #expect(
            try parseMultipart([multipartMessage(disposition: text)])
                == .parts([MultipartPart(header: header, body: [])]))
    }

    @Test func otherHeadersOfAPart() throws {
        let text =
            "--b\r\ncontent-type: \t a/b; c=d \r\nContent-Transfer-Encoding: Binary\r\nX:\r\n\(multipartField)\r\n\r\n\r\n--b--"
        let header = MultipartParser.PartHeader(name: "f", contentType: "a/b; c=d")
        #expect(try parseMultipart([Array(text.utf8)]) == .parts([MultipartPart(header: header, body: [])]))
    }
}
