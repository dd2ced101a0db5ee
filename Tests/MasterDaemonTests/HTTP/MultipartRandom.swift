@testable import MasterDaemon

/// A part with many near-delimiters in its body.
func randomMultipartPart(_ boundary: String, _ random: inout SeededGenerator) -> MultipartPart {
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
    return MultipartPart(header: .init(name: text(&random), filename: filename, contentType: type), body: body)
}

func cutMultipart(_ message: [UInt8], _ random: inout SeededGenerator) -> [[UInt8]] {
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

/// The message with a few bytes changed, removed, doubled or cut off.
func damagedMultipart(_ message: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
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
