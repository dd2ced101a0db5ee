import Testing

@testable import TileCore

/// Tasks with a step that this worker does not know.
@Suite struct TaskAddressTests {
    private let task: TileTask

    init() throws {
        let size = PixelSize(width: 2, height: 2)
        task = TileTask(
            tile: TileID(job: .make(), pass: 1, index: 7), attempt: 3, size: size, format: .gray(.eight),
            inner: TileRegion(whole: size), pipeline: try Pipeline(parsing: "invert"), replyTo: "results-b")
    }

    private func header(transforms: String) -> [UInt8] {
        let text = String(decoding: task.header.value, as: UTF8.self)
        return Array(text.replacing("\"invert\"", with: "\"\(transforms)\"").utf8)
    }

    @Test func anUnknownStepIsNoMalformedTask() throws {
        let header = header(transforms: "invert,swirl:turns=2")
        let error = #expect(throws: WireError.self) { try TileTask(header: header, payloadCount: 4) }
        #expect(error?.code == .unknownStep)
        #expect(try TaskAddress(header: header) == TaskAddress(of: task))
    }

    @Test(arguments: ["", "invert:x=1", "blur:ksize=2", "blur:ksize"]) func otherTransformsAreMalformed(text: String) {
        let error = #expect(throws: WireError.self) {
            try TileTask(header: header(transforms: text), payloadCount: 4)
        }
        #expect(error?.code == .badTransforms)
    }

    @Test(arguments: ["\"attempt\":3", "\"tile\":7", "\"reply_to\":\"results-b\"", "\"v\":1"])
    func anAddressHasAllItsParts(part: String) {
        let text = String(decoding: header(transforms: "swirl"), as: UTF8.self)
        #expect(text.contains(part))
        #expect(throws: WireError.self) {
            try TaskAddress(header: Array(text.replacing(part, with: "\"x\":0").utf8))
        }
    }
}
