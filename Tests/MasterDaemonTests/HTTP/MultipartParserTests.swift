import NIOCore
import Testing

@testable import MasterDaemon

@Suite struct MultipartParserTests {
    // MARK: - Whole messages

    @Test func sampleGivesItsParts() throws {
        #expect(try parse([sample]) == .parts(sampleParts))
    }

    @Test func everyWayToCutTheSampleInTwoGivesItsParts() throws {
        for cut in 0...sample.count {
            #expect(try parse([Array(sample[..<cut]), Array(sample[cut...])]) == .parts(sampleParts), "cut at \(cut)")
        }
    }

    @Test func oneByteAtATimeGivesTheParts() throws {
        #expect(try parse(sample.map { [$0] }) == .parts(sampleParts))
    }

    @Test(arguments: [
        ("--b--", []),
        ("--b--\r\nepilogue\r\n--b\r\n", []),
        ("--b \t\r\n\(field)\r\n\r\nx\r\n--b--", ["x"]),
        ("--b\r\n\(field)\r\n\r\n\r\n--b--", [""]),
        ("--b\r\n\(field)\r\n\r\n--b--", [""]),
        ("--b\r\n\(field)\r\n\r\n--b\r\n\(field)\r\n\r\nx\r\n--b--", ["", "x"]),
        ("--b\r\n\(field)\r\n\r\n\r\n\r\n\r\n--b--", ["\r\n\r\n"]),
        ("--b\r\n\(field)\r\n\r\n--bx\r\n--b--", ["--bx"]),
        ("--b\r\n\(field)\r\n\r\n\r\n--b-x\r\n--b\r\r\n--b\n\n--b\r\n--b--", ["\r\n--b-x\r\n--b\r\r\n--b\n\n--b"]),
        ("a --b\r\n--bx\r\n--b\r\nX-Other: 1\r\n\(field)\r\n\r\nx\r\n--b--", ["x"]),
    ])
    func unusualMessagesAreRead(message: String, bodies: [String]) throws {
        let parts = bodies.map { Part(header: .init(name: "f"), body: Array($0.utf8)) }
        #expect(try parse([Array(message.utf8)]) == .parts(parts))
        #expect(try parse(message.utf8.map { [$0] }) == .parts(parts))
    }

    // MARK: - Properties

    @Test func anyPartsInAnyChunksComeBack() throws {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let boundary = try #require(
                ["b", "--", "a'()+_,-./:=? z", String(repeating: "q", count: 70)].randomElement(using: &random))
            let parts = (0..<Int.random(in: 0...4, using: &random)).map { _ in randomPart(boundary, &random) }
            let message = encode(parts, boundary: boundary)
            for _ in 0..<3 {
                #expect(try parse(cut(message, &random), boundary: boundary) == .parts(parts), "seed \(seed)")
            }
        }
    }

    @Test func damagedMessagesGiveTheSameAnswerInAnyChunks() throws {
        var answers: [Answer] = []
        for seed in 0..<250 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let limits = MultipartParser.Limits(preambleBytes: 40, headerBytes: 120, parts: 3)
            let message = damaged(sample, &random)
            let answer = try parse([message], limits: limits)
            answers.append(answer)
            for _ in 0..<3 {
                #expect(try parse(cut(message, &random), limits: limits) == answer, "seed \(seed)")
            }
            #expect(try parse(message.map { [$0] }, limits: limits) == answer, "seed \(seed)")
        }
        expectVariety(answers)
    }

    @Test func noiseGivesTheSameAnswerInAnyChunks() throws {
        var answers: [Answer] = []
        for seed in 0..<300 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            // Pieces of the grammar in any order get further than random bytes alone.
            let pieces = [
                "\r\n", "--", "b", "--b", "\r\n--b\r\n", "\r", "\n", field, "Content-Type: ", ": ", ";\"\\", "\0é", " ",
                "\r\n\r\n",
            ]
            var message: [UInt8] = Bool.random(using: &random) ? Array("--b\r\n\(field)\r\n".utf8) : []
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                message += pieces.randomElement(using: &random)?.utf8 ?? "".utf8
                if Int.random(in: 0..<8, using: &random) == 0 { message.append(.random(in: 0...255, using: &random)) }
            }
            let answer = try parse([message])
            answers.append(answer)
            for _ in 0..<3 {
                #expect(try parse(cut(message, &random)) == answer, "seed \(seed)")
            }
        }
        expectVariety(answers)
    }

    @Test func noHeaderValueIsTooStrange() throws {
        let pieces = ["name", "boundary", "filename*", "=", "\"", "\\", "%", "'", "UTF-8''", "a", "\u{301}", ";", " "]
        var answers: [Answer] = []
        for seed in 0..<500 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var text = ["; ", "; name=a; filename*=", "; boundary="].randomElement(using: &random) ?? ""
            for _ in 0..<Int.random(in: 0...8, using: &random) { text += pieces.randomElement(using: &random) ?? "" }
            do throws(MultipartError) {
                let boundary = try MultipartParser.boundary(ofContentType: "multipart/form-data" + text)
                #expect((1...70).contains(boundary.utf8.count), "seed \(seed)")
            } catch {
                #expect([.notMultipart, .missingBoundary, .invalidBoundary].contains(error.code), "seed \(seed)")
            }
            answers.append(try parse([message(disposition: "form-data" + text)]))
        }
        expectVariety(answers)
    }

    // MARK: - Memory

    @Test func bodiesAreSlicesOfTheirChunks() throws {
        var parser = try MultipartParser(boundary: "b")
        _ = try parser.append(ByteBuffer(string: "--b\r\n\(field)\r\n\r\nstart\r\n--"))
        let chunk = ByteBuffer(repeating: 7, count: 100_000)
        let bodies = try parser.append(chunk).compactMap { event in
            if case .body(let bytes) = event { bytes } else { nil }
        }
        #expect(bodies.count == 2)
        #expect(bodies.first == ByteBuffer(bytes: Array("\r\n--".utf8) + [UInt8](repeating: 7, count: 6)))
        let place = unsafe chunk.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        let last = try #require(bodies.last)
        #expect(unsafe last.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) } == place + 6)
    }

    @Test(arguments: [1, 3, 64, 1000])
    func noMoreThanADelimiterIsHeldBack(chunkSize: Int) throws {
        var random = SeededGenerator(seed: 5)
        let body = (0..<500).flatMap { _ in randomPart("b", &random).body }
        var parser = try MultipartParser(boundary: "b")
        _ = try parser.append(ByteBuffer(string: "--b\r\n\(field)\r\n\r\n"))
        var (sent, received) = (0, 0)
        while sent < body.count {
            let chunk = body[sent..<min(sent + chunkSize, body.count)]
            sent += chunk.count
            for case .body(let bytes) in try parser.append(ByteBuffer(bytes: chunk)) { received += bytes.readableBytes }
            #expect(sent - received <= "\r\n--b-".utf8.count)
        }
    }
}

// MARK: - Refusals

@Suite struct MultipartRefusalTests {
    static let refusals: [(String, MultipartError.Code)] = [
        ("", .boundaryNotFound),
        ("no boundary anywhere", .boundaryNotFound),
        ("--b\n\(field)\n\nx\n--b--", .boundaryNotFound),
        (String(repeating: "x", count: 65), .preambleTooLong),
        (String(repeating: "x", count: 65) + "\r\n--b--", .preambleTooLong),
        ("--b x\r\n", .malformedDelimiter),
        ("--b", .boundaryNotFound),
        ("--b\r\n", .truncated),
        ("--b\r\n\(field)\r\n", .truncated),
        ("--b\r\n\(field)\r\n\r\nx\r\n--b-", .truncated),
        ("--b\r\n\(field)\r\n\r\nx\r\n--b\r\n\(field)\r\n\r\n--b\r\n\(field)\r\n", .tooManyParts),
        ("--b\r\nX: \(String(repeating: "x", count: 300))", .headersTooLong),
        ("--b\r\n\(String(repeating: "X: 1\r\n", count: 60))", .headersTooLong),
        ("--b\r\nno colon\r\n", .malformedHeader),
        ("--b\r\n: no name\r\n", .malformedHeader),
        ("--b\r\nContent-Type : a/b\r\n", .malformedHeader),
        ("--b\r\n\(field)\n\n", .malformedHeader),
        ("--b\r\nX: a\rb\r\n", .malformedHeader),
        ("--b\r\nX: a\0b\r\n", .malformedHeader),
        ("--b\r\n\(field);\r\n filename=a\r\n", .foldedHeader),
        ("--b\r\n\(field)\r\n\(field)\r\n", .repeatedHeader),
        ("--b\r\n\r\nx\r\n--b--", .missingDisposition),
        ("--b\r\nContent-Type: a/b\r\n\r\n", .missingDisposition),
        ("--b\r\nContent-Disposition: attachment; name=f\r\n\r\n", .malformedDisposition),
        ("--b\r\nContent-Disposition: form-data; name=\"f\r\n\r\n", .malformedDisposition),
        ("--b\r\nContent-Disposition: form-data; name=f; name=g\r\n\r\n", .malformedDisposition),
        ("--b\r\nContent-Disposition: form-data\r\n\r\n", .missingName),
        ("--b\r\nContent-Disposition: form-data; filename=a\r\n\r\n", .missingName),
        ("--b\r\n\(field); filename*=a.png\r\n\r\n", .invalidFilename),
        ("--b\r\n\(field); filename*=ISO-8859-1''a.png\r\n\r\n", .invalidFilename),
        ("--b\r\n\(field); filename*=UTF-8''a%2\r\n\r\n", .invalidFilename),
        ("--b\r\n\(field); filename*=UTF-8''a%xy\r\n\r\n", .invalidFilename),
        ("--b\r\n\(field); filename*=UTF-8''a%00\r\n\r\n", .invalidFilename),
        ("--b\r\n\(field); filename*=UTF-8''a%FF\r\n\r\n", .invalidFilename),
        ("--b\r\n\(field)\r\nContent-Transfer-Encoding: base64\r\n\r\n", .unsupportedTransferEncoding),
    ]

    @Test(arguments: refusals)
    func brokenMessagesAreRefused(message: String, code: MultipartError.Code) throws {
        let limits = MultipartParser.Limits(preambleBytes: 64, headerBytes: 256, parts: 2)
        #expect(try parse([Array(message.utf8)], limits: limits) == .failed(code))
        #expect(try parse(message.utf8.map { [$0] }, limits: limits) == .failed(code))
    }

    @Test func headersThatAreNotUTF8AreRefused() throws {
        let message = Array("--b\r\nX: ".utf8) + [0xC3, 0x28] + Array("\r\n".utf8)
        #expect(try parse([message]) == .failed(.headerNotUTF8))
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
        let message = Array("12345678\r\n--b\r\n\(field)\r\n\r\nx\r\n--b--".utf8)
        let exact = MultipartParser.Limits(preambleBytes: 8, headerBytes: field.utf8.count + 4, parts: 1)
        #expect(try parse([message], limits: exact) == .parts([Part(header: .init(name: "f"), body: Array("x".utf8))]))
        let cases: [(WritableKeyPath<MultipartParser.Limits, Int>, MultipartError.Code)] = [
            (\.preambleBytes, .preambleTooLong), (\.headerBytes, .headersTooLong), (\.parts, .tooManyParts),
        ]
        for (limit, code) in cases {
            var limits = exact
            limits[keyPath: limit] -= 1
            #expect(try parse([message], limits: limits) == .failed(code))
            limits[keyPath: limit] = .min
            #expect(try parse([message], limits: limits) == .failed(code))
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

// MARK: - Header values

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
        #expect(try parse([message(disposition: text)]) == .parts([Part(header: header, body: [])]))
    }

    @Test func otherHeadersOfAPart() throws {
        let text =
            "--b\r\ncontent-type: \t a/b; c=d \r\nContent-Transfer-Encoding: Binary\r\nX:\r\n\(field)\r\n\r\n\r\n--b--"
        let header = MultipartParser.PartHeader(name: "f", contentType: "a/b; c=d")
        #expect(try parse([Array(text.utf8)]) == .parts([Part(header: header, body: [])]))
    }
}

// MARK: - Helpers

private let field = "Content-Disposition: form-data; name=\"f\""

private struct Part: Equatable {
    var header: MultipartParser.PartHeader
    var body: [UInt8]
}

private enum Answer: Equatable {
    case parts([Part])
    case failed(MultipartError.Code)
    /// Events that make no sense where they came.
    case disordered
}

private let sampleParts = [
    Part(header: .init(name: "transforms"), body: Array("blur:3\r\n--\r\n--b0\r\n".utf8)),
    Part(header: .init(name: "file", filename: "é \".png", contentType: "image/png"), body: Array(0...255)),
    Part(header: .init(name: "empty", filename: ""), body: []),
]

private let sample = Array("preamble\r\n".utf8) + encode(sampleParts, boundary: "b") + Array("\r\nepilogue".utf8)

/// Checks that neither every message was read nor all were refused for the same reason, which would test little.
private func expectVariety(_ answers: [Answer], sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(!answers.contains(.disordered), sourceLocation: sourceLocation)
    let refusals = answers.compactMap { if case .failed(let code) = $0 { code } else { nil } }
    #expect(refusals.count < answers.count, sourceLocation: sourceLocation)
    #expect(Set(refusals).count >= 3, "\(Set(refusals))", sourceLocation: sourceLocation)
}

/// What a parser makes of the chunks.
private func parse(_ chunks: [[UInt8]], boundary: String = "b", limits: MultipartParser.Limits = .init()) throws
    -> Answer
{
    var parser = try MultipartParser(boundary: boundary, limits: limits)
    var parts: [Part] = []
    var isOpen = false
    do throws(MultipartError) {
        for chunk in chunks {
            for event in try parser.append(ByteBuffer(bytes: chunk)) {
                switch event {
                case .partBegan(let header):
                    if isOpen { return .disordered }
                    parts.append(Part(header: header, body: []))
                    isOpen = true
                case .body(let bytes):
                    if !isOpen || bytes.readableBytes == 0 { return .disordered }
                    parts[parts.count - 1].body += bytes.readableBytesView
                case .partEnded:
                    if !isOpen { return .disordered }
                    isOpen = false
                }
            }
        }
        try parser.finish()
    } catch {
        return .failed(error.code)
    }
    return isOpen ? .disordered : .parts(parts)
}

private func message(disposition: String) -> [UInt8] {
    Array("--b\r\nContent-Disposition: \(disposition)\r\n\r\n\r\n--b--".utf8)
}

/// The message a browser would send.
private func encode(_ parts: [Part], boundary: String) -> [UInt8] {
    var message: [UInt8] = []
    for part in parts {
        func escaped(_ text: String) -> String {
            text.unicodeScalars.map { $0 == "\"" ? "%22" : String($0) }.joined()
        }
        var text = "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(escaped(part.header.name))\""
        if let filename = part.header.filename { text += "; filename=\"\(escaped(filename))\"" }
        if let type = part.header.contentType { text += "\r\nContent-Type: \(type)" }
        message += Array("\(text)\r\n\r\n".utf8) + part.body + Array("\r\n".utf8)
    }
    return message + Array("--\(boundary)--\r\n".utf8)
}

/// A part whose body is full of what almost is a delimiter.
private func randomPart(_ boundary: String, _ random: inout SeededGenerator) -> Part {
    let words = ["a", "é", "\"", ";", "=", " ", "%", "'", "\u{301}", "日本"]
    func text(_ random: inout SeededGenerator) -> String {
        (0..<Int.random(in: 0...6, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }.joined()
    }
    let delimiter = Array("\r\n--\(boundary)".utf8)
    var body: [UInt8] = []
    for _ in 0..<Int.random(in: 0...12, using: &random) {
        switch Int.random(in: 0...4, using: &random) {
        case 0: body += delimiter + [UInt8(ascii: "!")]
        case 1: body += delimiter + Array("\r!".utf8)
        case 2: body += delimiter.prefix(.random(in: 0..<delimiter.count, using: &random)) + [UInt8(ascii: "!")]
        case 3: body += [UInt8](repeating: UInt8(ascii: "\r"), count: .random(in: 1...3, using: &random))
        default: body += (0..<Int.random(in: 0...300, using: &random)).map { _ in .random(in: 0...255, using: &random) }
        }
    }
    let filename = Bool.random(using: &random) ? text(&random) : nil
    let type = Bool.random(using: &random) ? "image/png" : nil
    return Part(header: .init(name: text(&random), filename: filename, contentType: type), body: body)
}

private func cut(_ message: [UInt8], _ random: inout SeededGenerator) -> [[UInt8]] {
    let longest = [1, 4, 50, 2000].randomElement(using: &random) ?? 1
    var chunks: [[UInt8]] = []
    var start = 0
    while start < message.count {
        let end = min(start + Int.random(in: 0...longest, using: &random), message.count)
        chunks.append(Array(message[start..<end]))
        start = end
    }
    return chunks
}

/// The message with a few bytes changed, taken out, doubled or cut off.
private func damaged(_ message: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var message = message
    for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: message.indices, using: &random)
        let end = min(index + Int.random(in: 1...20, using: &random), message.count)
        switch Int.random(in: 0...4, using: &random) {
        case 0: message[index] = .random(in: 0...255, using: &random)
        case 1: message[index] = Array("\r\n-b:;\"\\ \0".utf8).randomElement(using: &random) ?? 0
        case 2: message.removeSubrange(index..<end)
        case 3: message.insert(contentsOf: message[index..<end], at: index)
        default: message.removeSubrange(max(index, 1)...)
        }
        if message.isEmpty { break }
    }
    return message
}

/// SplitMix64: the same numbers for the same seed, so that a failing case can be run again.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
