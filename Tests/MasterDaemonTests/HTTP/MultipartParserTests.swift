import NIOCore
import Testing

@testable import MasterDaemon

@Suite struct MultipartParserTests {
    // MARK: - Whole messages

    @Test func sampleGivesItsParts() throws {
        #expect(try parseMultipart([multipartSample]) == .parts(multipartSampleParts))
    }

    @Test func everyWayToCutTheSampleInTwoGivesItsParts() throws {
        for cut in 0...multipartSample.count {
            #expect(
                try parseMultipart([Array(multipartSample[..<cut]), Array(multipartSample[cut...])])
                    == .parts(multipartSampleParts), "cut at \(cut)")
        }
    }

    @Test func oneByteAtATimeGivesTheParts() throws {
        #expect(try parseMultipart(multipartSample.map { [$0] }) == .parts(multipartSampleParts))
    }

    @Test(arguments: [
        ("--b--", []),
        ("--b--\r\nepilogue\r\n--b\r\n", []),
        ("--b \t\r\n\(multipartField)\r\n\r\nx\r\n--b--", ["x"]),
        ("--b\r\n\(multipartField)\r\n\r\n\r\n--b--", [""]),
        ("--b\r\n\(multipartField)\r\n\r\n--b--", [""]),
        ("--b\r\n\(multipartField)\r\n\r\n--b\r\n\(multipartField)\r\n\r\nx\r\n--b--", ["", "x"]),
        ("--b\r\n\(multipartField)\r\n\r\n\r\n\r\n\r\n--b--", ["\r\n\r\n"]),
        ("--b\r\n\(multipartField)\r\n\r\n--bx\r\n--b--", ["--bx"]),
        (
            "--b\r\n\(multipartField)\r\n\r\n\r\n--b-x\r\n--b\r\r\n--b\n\n--b\r\n--b--",
            ["\r\n--b-x\r\n--b\r\r\n--b\n\n--b"]
        ),
        ("a --b\r\n--bx\r\n--b\r\nX-Other: 1\r\n\(multipartField)\r\n\r\nx\r\n--b--", ["x"]),
    ])
    func unusualMessagesAreRead(message: String, bodies: [String]) throws {
        let parts = bodies.map { MultipartPart(header: .init(name: "f"), body: Array($0.utf8)) }
        #expect(try parseMultipart([Array(message.utf8)]) == .parts(parts))
        #expect(try parseMultipart(message.utf8.map { [$0] }) == .parts(parts))
    }

    // MARK: - Properties

    @Test func anyPartsInAnyChunksComeBack() throws {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let boundary = try #require(
                ["b", "--", "a'()+_,-./:=? z", String(repeating: "q", count: 70)].randomElement(using: &random))
            let parts = (0..<Int.random(in: 0...4, using: &random)).map { _ in randomMultipartPart(boundary, &random) }
            let message = encodeMultipart(parts, boundary: boundary)
            for _ in 0..<3 {
                #expect(
                    try parseMultipart(cutMultipart(message, &random), boundary: boundary) == .parts(parts),
                    "seed \(seed)")
            }
        }
    }

    @Test func damagedMessagesGiveTheSameAnswerInAnyChunks() throws {
        var answers: [MultipartAnswer] = []
        for seed in 0..<250 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let limits = MultipartParser.Limits(preambleBytes: 40, headerBytes: 120, parts: 3)
            let message = damagedMultipart(multipartSample, &random)
            let answer = try parseMultipart([message], limits: limits)
            answers.append(answer)
            for _ in 0..<3 {
                #expect(try parseMultipart(cutMultipart(message, &random), limits: limits) == answer, "seed \(seed)")
            }
            #expect(try parseMultipart(message.map { [$0] }, limits: limits) == answer, "seed \(seed)")
        }
        expectVarietyOfAnswers(answers)
    }

    @Test func noiseGivesTheSameAnswerInAnyChunks() throws {
        var answers: [MultipartAnswer] = []
        for seed in 0..<300 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            // Random sequences of the grammar's pieces get further than random bytes.
            let pieces = [
                "\r\n", "--", "b", "--b", "\r\n--b\r\n", "\r", "\n", multipartField, "Content-Type: ", ": ", ";\"\\",
                "\0é", " ",
                "\r\n\r\n",
            ]
            var message: [UInt8] = Bool.random(using: &random) ? Array("--b\r\n\(multipartField)\r\n".utf8) : []
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                message += pieces.randomElement(using: &random)?.utf8 ?? "".utf8
                if Int.random(in: 0..<8, using: &random) == 0 { message.append(.random(in: 0...255, using: &random)) }
            }
            let answer = try parseMultipart([message])
            answers.append(answer)
            for _ in 0..<3 {
                #expect(try parseMultipart(cutMultipart(message, &random)) == answer, "seed \(seed)")
            }
        }
        expectVarietyOfAnswers(answers)
    }

    @Test func noHeaderValueIsTooStrange() throws {
        let pieces = ["name", "boundary", "filename*", "=", "\"", "\\", "%", "'", "UTF-8''", "a", "\u{301}", ";", " "]
        var answers: [MultipartAnswer] = []
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
            answers.append(try parseMultipart([multipartMessage(disposition: "form-data" + text)]))
        }
        expectVarietyOfAnswers(answers)
    }

    // MARK: - Memory

    @Test func bodiesAreSlicesOfTheirChunks() throws {
        var parser = try MultipartParser(boundary: "b")
        _ = try parser.append(ByteBuffer(string: "--b\r\n\(multipartField)\r\n\r\nstart\r\n--"))
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
        let body = (0..<500).flatMap { _ in randomMultipartPart("b", &random).body }
        var parser = try MultipartParser(boundary: "b")
        _ = try parser.append(ByteBuffer(string: "--b\r\n\(multipartField)\r\n\r\n"))
        var (sent, received) = (0, 0)
        while sent < body.count {
            let chunk = body[sent..<min(sent + chunkSize, body.count)]
            sent += chunk.count
            for case .body(let bytes) in try parser.append(ByteBuffer(bytes: chunk)) { received += bytes.readableBytes }
            #expect(sent - received <= "\r\n--b-".utf8.count)
        }
    }
}
