import NIOCore

/// Gives a message to the parser as a whole and in pieces. Both have to give the same parts, or the same error.
///
/// An input is a message, and four bytes behind it that determine the sizes of the pieces. The bodies of a well-formed
/// message are written again with another boundary, and have to be read back unchanged.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    let plan = input.suffix(4)
    let message = Array(input.dropLast(4))
    readContentType(message)
    let whole = Reading(of: message, boundary: "frontier", sizes: SizePlan(fixed: max(message.count, 1)))
    let pieces = Reading(of: message, boundary: "frontier", sizes: SizePlan(seed: plan))
    expect(whole.error == pieces.error, "\(String(describing: whole.error)) or \(String(describing: pieces.error))")
    guard whole.error == nil else { return 0 }
    expect(whole.parts == pieces.parts, "the parts depend on the pieces")
    writeAnew(whole.parts, sizes: SizePlan(seed: plan))
    return 0
}

/// Sizes of pieces, determined by a few bytes of an input.
struct SizePlan {
    private var state: UInt32
    private let fixed: Int?

    init(fixed: Int) { (state, self.fixed) = (0, fixed) }

    init(seed: some Sequence<UInt8>) {
        state = seed.reduce(0) { $0 << 8 | UInt32($1) }
        fixed = nil
    }

    /// Mostly a few bytes, so that many pieces end within a delimiter.
    mutating func next() -> Int {
        if let fixed { return fixed }
        state = state &* 1_664_525 &+ 1_013_904_223
        let drawn = Int(state >> 24)
        return drawn < 200 ? 1 + drawn % 9 : drawn
    }
}

struct Part: Equatable {
    var header: MultipartParser.PartHeader
    var body: [UInt8] = []
    var isComplete = false
}

/// The result of parsing a message.
struct Reading {
    var parts: [Part] = []
    var error: MultipartError?

    init(of message: [UInt8], boundary: String, sizes: SizePlan) {
        var sizes = sizes
        do throws(MultipartError) {
            var parser = try MultipartParser(boundary: boundary)
            var rest = message[...]
            while !rest.isEmpty {
                let piece = rest.prefix(sizes.next())
                rest = rest.dropFirst(piece.count)
                for event in try parser.append(ByteBuffer(bytes: piece)) { take(event) }
            }
            try parser.finish()
        } catch {
            self.error = error
        }
    }

    private mutating func take(_ event: MultipartParser.Event) {
        switch event {
        case .partBegan(let header):
            expect(parts.last?.isComplete ?? true, "a part began in another one")
            parts.append(Part(header: header))
        case .body(let bytes):
            expect(bytes.readableBytes > 0, "a piece of a body without bytes")
            expect(parts.last?.isComplete == false, "a body outside of a part")
            parts[parts.count - 1].body += bytes.readableBytesView
        case .partEnded:
            expect(parts.last?.isComplete == false, "an end without a part")
            parts[parts.count - 1].isComplete = true
        }
    }
}

/// A content type is any text. If it names a boundary, a parser can be made from it.
private func readContentType(_ bytes: [UInt8]) {
    do throws(MultipartError) {
        let boundary = try MultipartParser.boundary(ofContentType: String(decoding: bytes.prefix(200), as: UTF8.self))
        _ = try MultipartParser(boundary: boundary)
    } catch {
        expect([.notMultipart, .missingBoundary, .invalidBoundary].contains(error.code), "\(error.code)")
    }
}

/// Writes the bodies with another boundary and reads them back, unless a body contains the new delimiter.
private func writeAnew(_ parts: [Part], sizes: SizePlan) {
    let boundary = "another-1f4c"
    let mark = Array("\r\n--\(boundary)".utf8)
    guard !parts.isEmpty, !parts.contains(where: { holds(mark, in: Array("\r\n".utf8) + $0.body) }) else { return }
    var message: [UInt8] = []
    for part in parts {
        message += Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"field\"\r\n\r\n".utf8)
        message += part.body + Array("\r\n".utf8)
    }
    message += Array("--\(boundary)--".utf8)
    let again = Reading(of: message, boundary: boundary, sizes: sizes)
    expect(again.error == nil, "written anew: \(String(describing: again.error))")
    expect(again.parts.map(\.body) == parts.map(\.body), "written anew, the bodies differ")
}

private func holds(_ mark: [UInt8], in bytes: [UInt8]) -> Bool {
    guard bytes.count >= mark.count else { return false }
    return (0...bytes.count - mark.count).contains { bytes[$0...].starts(with: mark) }
}

/// Ends the process if `holds` is false. The fuzzer detects that.
private func expect(_ holds: Bool, _ words: @autoclosure () -> String) {
    guard !holds else { return }
    fatalError("BROKEN PROMISE: \(words())")
}
