import NIOCore
import Testing

@testable import MasterDaemon

let multipartField = "Content-Disposition: form-data; name=\"f\""

struct MultipartPart: Equatable {
    var header: MultipartParser.PartHeader
    var body: [UInt8]
}

enum MultipartAnswer: Equatable {
    case parts([MultipartPart])
    case failed(MultipartError.Code)
    /// Events in an impossible order.
    case disordered
}

let multipartSampleParts = [
    MultipartPart(header: .init(name: "transforms"), body: Array("blur:3\r\n--\r\n--b0\r\n".utf8)),
    MultipartPart(header: .init(name: "file", filename: "é \".png", contentType: "image/png"), body: Array(0...255)),
    MultipartPart(header: .init(name: "empty", filename: ""), body: []),
]

let multipartSample =
    Array("preamble\r\n".utf8) + encodeMultipart(multipartSampleParts, boundary: "b") + Array("\r\nepilogue".utf8)

/// Checks that some messages were parsed and that the others failed for different reasons. Otherwise the test would
/// mean little.
func expectVarietyOfAnswers(_ answers: [MultipartAnswer], sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(!answers.contains(.disordered), sourceLocation: sourceLocation)
    let refusals = answers.compactMap { if case .failed(let code) = $0 { code } else { nil } }
    #expect(refusals.count < answers.count, sourceLocation: sourceLocation)
    #expect(Set(refusals).count >= 3, "\(Set(refusals))", sourceLocation: sourceLocation)
}

/// The parser's answer to the chunks.
func parseMultipart(_ chunks: [[UInt8]], boundary: String = "b", limits: MultipartParser.Limits = .init()) throws
    -> MultipartAnswer
{
    var parser = try MultipartParser(boundary: boundary, limits: limits)
    var parts: [MultipartPart] = []
    var isOpen = false
    do throws(MultipartError) {
        for chunk in chunks {
            for event in try parser.append(ByteBuffer(bytes: chunk)) {
                switch event {
                case .partBegan(let header):
                    if isOpen { return .disordered }
                    parts.append(MultipartPart(header: header, body: []))
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

func multipartMessage(disposition: String) -> [UInt8] {
    Array("--b\r\nContent-Disposition: \(disposition)\r\n\r\n\r\n--b--".utf8)
}

/// The message a browser would send.
func encodeMultipart(_ parts: [MultipartPart], boundary: String) -> [UInt8] {
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
