import Foundation
import TileCore

/// The outcome of the work on one image.
struct ImageReport: Sendable {
    enum Outcome: Sendable {
        case done(ProcessedImage)
        case failed(String)
        case interrupted
    }

    let input: RawPath
    let output: RawPath
    let outcome: Outcome
    /// The time of the work on the image, without the wait for its turn.
    let milliseconds: Double

    /// One JSON object on one line.
    var json: String {
        var line = Line(
            input: input.text ?? "\(input)", output: output.text ?? "\(output)", status: "done",
            milliseconds: (milliseconds * 1000).rounded() / 1000)
        if input.text == nil { line.inputBase64 = Data(input.bytes).base64EncodedString() }
        if output.text == nil { line.outputBase64 = Data(output.bytes).base64EncodedString() }
        switch outcome {
        case .done(let image):
            (line.width, line.height, line.tiles) = (image.size.width, image.size.height, image.tiles)
            (line.sourceFormat, line.sourceBytes) = (image.sourceFormat.rawValue, image.sourceBytes)
            line.bytes = image.bytes
            line.notes = image.notes
        case .failed(let reason): (line.status, line.error) = ("failed", reason)
        case .interrupted: line.status = "interrupted"
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return (try? encoder.encode(line)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    private struct Line: Encodable {
        let input: String
        let output: String
        var status: String
        let milliseconds: Double
        var inputBase64: String?
        var outputBase64: String?
        var error: String?
        var width: Int?
        var height: Int?
        var tiles: Int?
        var sourceFormat: String?
        var sourceBytes: Int?
        var bytes: Int?
        var notes: [String]?
    }
}
