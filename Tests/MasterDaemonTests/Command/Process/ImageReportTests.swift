import Foundation
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct ImageReportTests {
    private func fields(_ report: ImageReport) throws -> [String: Any] {
        #expect(!report.json.contains("\n"))
        return try #require(JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
    }

    @Test func aProcessedImage() throws {
        let image = ProcessedImage(
            size: PixelSize(width: 30, height: 20), tiles: 6, sourceFormat: .jpeg, sourceBytes: 70, bytes: 80,
            notes: ["a note"])
        let line = try fields(
            ImageReport(input: RawPath("a\n.jpg"), output: RawPath("b.png"), outcome: .done(image), milliseconds: 1.5))
        #expect(line["input"] as? String == "a\n.jpg" && line["output"] as? String == "b.png")
        #expect(line["status"] as? String == "done" && line["source_format"] as? String == "jpeg")
        let numbers = ["width": 30, "height": 20, "tiles": 6, "source_bytes": 70, "bytes": 80]
        for (name, value) in numbers { #expect(line[name] as? Int == value) }
        #expect(line["milliseconds"] as? Double == 1.5)
        #expect(line["notes"] as? [String] == ["a note"])
        #expect(line["error"] == nil && line["input_base64"] == nil)
    }

    @Test func anImageThatFailed() throws {
        let line = try fields(
            ImageReport(input: RawPath([0xE9]), output: .dash, outcome: .failed("it is empty"), milliseconds: 1))
        #expect(line["status"] as? String == "failed" && line["error"] as? String == "it is empty")
        #expect(line["input"] as? String == "\\xE9")
        #expect(line["input_base64"] as? String == Data([0xE9]).base64EncodedString())
        #expect(line["output_base64"] == nil)
    }
}
