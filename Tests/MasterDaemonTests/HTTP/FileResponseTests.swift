import Testing

@testable import MasterDaemon

@Suite struct FileResponseTests {
    @Test(arguments: [
        ("photo.png", "attachment; filename=\"photo.png\"; filename*=UTF-8''photo.png"),
        ("my photo.png", "attachment; filename=\"my photo.png\"; filename*=UTF-8''my%20photo.png"),
        ("é.png", "attachment; filename=\"_.png\"; filename*=UTF-8''%C3%A9.png"),
        ("a\"b\\c%d.png", "attachment; filename=\"a_b_c_d.png\"; filename*=UTF-8''a%22b%5Cc%25d.png"),
        ("a;b='c'.png", "attachment; filename=\"a;b='c'.png\"; filename*=UTF-8''a%3Bb%3D%27c%27.png"),
        ("日本.png", "attachment; filename=\"__.png\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.png"),
    ])
    func aNameIsGivenPlainAndExact(name: String, header: String) {
        #expect(FileResponse.disposition(name) == header)
    }

    @Test func noNameLeavesItsHeader() {
        for scalar in (0...0x2FFF).compactMap(Unicode.Scalar.init) {
            let header = FileResponse.disposition("a\(Character(scalar))b")
            #expect(header.utf8.allSatisfy { (32...126).contains($0) }, "U+\(String(scalar.value, radix: 16))")
            #expect(header.count { $0 == "\"" } == 2)
        }
    }
}
