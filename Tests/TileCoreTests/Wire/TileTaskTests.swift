import Testing

@testable import TileCore

@Suite struct TileTaskTests {
    @Test(arguments: 1...200) func aTaskComesBackAsItWas(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let format = generator.pick(PixelFormat.everyFormat)
        let size = generator.size()
        let x = generator.int(0...(size.width - 1))
        let y = generator.int(0...(size.height - 1))
        let inner = TileRegion(
            x: x, y: y, width: generator.int(1...(size.width - x)), height: generator.int(1...(size.height - y)))
        let task = TileTask(
            tile: generator.tile(), attempt: generator.int(1...4), size: size, format: format, inner: inner,
            pipeline: try Pipeline.random(
                steps: generator.int(1...Pipeline.maximumSteps), for: format, using: &generator),
            replyTo: generator.workerID())
        #expect(task.header.name == "tile")
        let again = try TileTask(
            header: task.header.value, payloadCount: PixelBuffer.byteCount(size: size, format: format))
        #expect(again == task)
    }

    @Test(arguments: 1...100) func aLoanComesBackAsItWas(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let image = generator.size()
        let x = generator.int(0...(image.width - 1))
        let y = generator.int(0...(image.height - 1))
        let size = PixelSize(
            width: generator.int(1...(image.width - x)), height: generator.int(1...(image.height - y)))
        let loan = CanvasLoan(
            id: String(generator.workerID().prefix(64)), image: image, x: x, y: y,
            source: .random(in: 0 ... .max, using: &generator),
            target: .random(in: 0 ... .max, using: &generator), tiles: generator.int(1...64))
        let task = TileTask(
            tile: generator.tile(), attempt: 1, size: size, format: .bgr(.eight), inner: TileRegion(whole: size),
            pipeline: try Pipeline(parsing: "invert"), replyTo: "results", loan: loan)
        #expect(try TileTask(header: task.header.value, payloadCount: 0) == task)
        #expect(task.indices == task.tile.index..<task.tile.index + loan.tiles)
        // With pixels as well, it would be ambiguous which ones count.
        let error = #expect(throws: WireError.self) {
            try TileTask(
                header: task.header.value, payloadCount: PixelBuffer.byteCount(size: size, format: .bgr(.eight)))
        }
        #expect(error?.code == .payloadMismatch)
    }

    @Test(arguments: [
        ("x", "-1"), ("x", "8"), ("x", "9223372036854775807"), ("y", "-1"), ("y", "9"), ("width", "0"),
        ("tiles", "0"), ("tiles", "-1"), ("tiles", "65"), ("width", "1048577"), ("height", "-1"), ("loan", "\"\""),
        ("loan", "\"a b\""),
        ("loan", "\"\(String(repeating: "a", count: 65))\""),
    ])
    func aLoanOutsideTheImageIsRefused(field: String, value: String) {
        let canvas = RawObject([
            ("loan", "\"a\""), ("width", "10"), ("height", "10"), ("x", "7"), ("y", "8"), ("source", "1"),
            ("target", "2"),
        ])
        let task = { (canvas: RawObject) in RawObject.task.with("canvas", canvas.text).bytes }
        #expect(WireKind.task.refusal(of: task(canvas), payloadCount: 0) == nil)
        #expect(WireKind.task.refusal(of: task(canvas.with(field, value)), payloadCount: 0) == .badValue)
        for number in ["-1", "18446744073709551616", "\"1\""] {
            #expect(
                WireKind.task.refusal(of: task(canvas.with("source", number)), payloadCount: 0) == .malformedHeader)
        }
    }

    /// `docs/wire-format.md` shows the same text.
    @Test func theTextIsStable() throws {
        let task = TileTask(
            tile: TileID(job: try #require(JobID(rawValue: RawObject.job)), pass: 1, index: 42), attempt: 2,
            size: PixelSize(width: 640, height: 512), format: .bgra(.sixteen),
            inner: TileRegion(x: 49, y: 0, width: 512, height: 463),
            pipeline: try Pipeline(parsing: "grayscale,blur:ksize=31:sigma=2.5"), replyTo: "results")
        let text = String(decoding: task.header.value, as: UTF8.self)
        let expected =
            "{\"attempt\":2,\"inner\":{\"height\":463,\"width\":512,\"x\":49,\"y\":0},\"job\":\"\(RawObject.job)\","
            + "\"pass\":1,\"pixels\":{\"channels\":4,\"depth\":16,\"height\":512,\"width\":640},\"reply_to\":\"results\","
            + "\"tile\":42,\"transforms\":\"grayscale,blur:ksize=31:sigma=2.5\",\"v\":1}"
        #expect(text == expected)
    }

    /// The longest possible pipeline takes less than half of the header.
    @Test func theLongestPipelineFits() throws {
        let step = "blur:ksize=255:sigma=1.2345678901234567e-05"
        let task = TileTask(
            tile: TileID(job: JobID.make(), pass: Int(Int32.max), index: Int(Int32.max)), attempt: Int(Int32.max),
            size: PixelSize(width: PixelSize.maximumSide, height: PixelSize.maximumSide), format: .bgra(.sixteen),
            inner: TileRegion(x: 1 << 19, y: 1 << 19, width: 1 << 19, height: 1 << 19),
            pipeline: try Pipeline(parsing: Array(repeating: step, count: 32).joined(separator: ",")),
            replyTo: String(repeating: "t", count: 249))
        #expect(task.header.value.count < WireHeader.maximumBytes / 2)
        #expect(try TileTask(header: task.header.value, payloadCount: 1 << 43) == task)
    }

    @Test(arguments: ["pass", "tile", "attempt"]) func countersStayInBounds(name: String) {
        for value in ["-1", "2147483648", "9223372036854775807", "-9223372036854775808"] {
            #expect(WireKind.task.refusal(of: RawObject.task.with(name, value).bytes) == .badValue, "\(value)")
        }
        #expect(WireKind.task.refusal(of: RawObject.task.with(name, "2147483647").bytes) == nil)
        #expect(
            WireKind.task.refusal(of: RawObject.task.with(name, "0").bytes) == (name == "attempt" ? .badValue : nil))
    }

    /// Invalid widths, heights, channels and depths, including sides with a product that overflows to 0 in 64 bits.
    @Test(
        arguments: [
            (0, 2, 3, 8), (3, 0, 3, 8), (-3, 2, 3, 8), (3, -2, 3, 8), (-3, -2, 3, 8), (1_048_577, 1, 3, 8),
            (1 << 40, 1 << 40, 1, 8), (1 << 32, 1 << 32, 4, 16), (Int.max, Int.max, 4, 16), (Int.min, 1, 1, 8),
            (1, Int.min, 1, 8), (3, 2, 0, 8), (3, 2, 2, 8), (3, 2, 5, 8), (3, 2, -3, 8), (3, 2, Int.max, 8),
            (3, 2, 3, 0), (3, 2, 3, 7), (3, 2, 3, 32), (3, 2, 3, -8), (3, 2, 3, Int.max), (3, 2, 3, 1 << 40),
        ])
    func pixelsThatCannotBeAreRefused(width: Int, height: Int, channels: Int, depth: Int) {
        let pixels = "{\"width\":\(width),\"height\":\(height),\"channels\":\(channels),\"depth\":\(depth)}"
        for count in [0, 18, Int.max] {
            for kind in [WireKind.task, .result] {
                let code = kind.refusal(of: kind.valid.with("pixels", pixels).bytes, payloadCount: count)
                #expect(code == .badValue)
            }
        }
    }

    @Test func theLargestPixelsAreComparedWithoutOverflow() {
        let pixels = "{\"width\":1048576,\"height\":1048576,\"channels\":4,\"depth\":16}"
        let task = RawObject.task.with("pixels", pixels).bytes
        #expect(WireKind.task.refusal(of: task, payloadCount: 18) == .payloadMismatch)
        #expect(WireKind.task.refusal(of: task, payloadCount: 1 << 43) == nil)
    }

    @Test(arguments: [WireKind.task, .result]) func thePayloadHasTheBytesThatAreDeclared(kind: WireKind) {
        for count in [0, 1, 17, 19, 36, Int.max] {
            #expect(kind.refusal(of: kind.valid.bytes, payloadCount: count) == .payloadMismatch, "\(count)")
        }
    }

    /// Regions to return that do not lie within the 3 × 2 pixels of the task.
    @Test(
        arguments: [
            (-1, 0, 2, 2), (0, -1, 2, 2), (3, 0, 1, 1), (0, 2, 1, 1), (0, 0, 4, 2), (0, 0, 3, 3), (1, 0, 3, 2),
            (0, 1, 3, 2), (0, 0, 0, 2), (0, 0, 3, 0), (2, 1, -1, -1), (Int.max, 0, 1, 1), (0, Int.max, 1, 1),
            (1, 1, Int.max, Int.max), (Int.min, Int.min, 1, 1), (0, 0, 1 << 40, 1 << 40), (1, 1, Int.max - 1, 1),
        ])
    func innerRegionsOutsideThePixelsAreRefused(x: Int, y: Int, width: Int, height: Int) {
        let inner = "{\"x\":\(x),\"y\":\(y),\"width\":\(width),\"height\":\(height)}"
        #expect(WireKind.task.refusal(of: RawObject.task.with("inner", inner).bytes) == .badValue)
    }

    @Test func partsOfPixelsAndInnerMayNotBeMissing() {
        let parts = [
            ("pixels", "{\"height\":2,\"channels\":3,\"depth\":8}"),
            ("pixels", "{\"width\":3,\"channels\":3,\"depth\":8}"),
            ("pixels", "{\"width\":3,\"height\":2,\"depth\":8}"),
            ("pixels", "{\"width\":3,\"height\":2,\"channels\":3}"),
            ("pixels", "{\"width\":3.5,\"height\":2,\"channels\":3,\"depth\":8}"),
            ("pixels", "{\"width\":1e400,\"height\":2,\"channels\":3,\"depth\":8}"),
            ("inner", "{\"y\":0,\"width\":2,\"height\":2}"), ("inner", "{\"x\":1,\"y\":0,\"width\":2}"),
            ("inner", "{\"x\":\"1\",\"y\":0,\"width\":2,\"height\":2}"), ("inner", "[1,0,2,2]"),
        ]
        for (name, text) in parts {
            #expect(WireKind.task.refusal(of: RawObject.task.with(name, text).bytes) == .malformedHeader, "\(text)")
        }
    }

    @Test(
        arguments: [
            "", "UUID", "019C4B7E-6D2A-7F00-8A8E-0123456789AB", "019c4b7e6d2a7f008a8e0123456789ab",
            "../../../etc/passwd",
            "019c4b7e-6d2a-7f00-8a8e-0123456789a", "019c4b7e-6d2a-7f00-8a8e-0123456789abc",
            "019c4b7e/6d2a/7f00/8a8e/0123456789ab", "{19c4b7e-6d2a-7f00-8a8e-0123456789a}",
        ])
    func jobsThatAreNoJobIDsAreRefused(job: String) {
        for kind in [WireKind.task, .result] {
            #expect(kind.refusal(of: kind.valid.with("job", "\"\(job)\"").bytes) == .malformedHeader)
        }
    }

    @Test(
        arguments: [
            "", ".", "..", "a/b", "results ", "a b", "ergebniße", "results\\u0000", "results\\n", "^results",
            String(repeating: "t", count: 250),
        ])
    func repliesGoToTopicsOnly(name: String) {
        #expect(WireKind.task.refusal(of: RawObject.task.with("reply_to", "\"\(name)\"").bytes) == .badValue)
    }

    @Test func transformsThatCannotBeReadAreRefused() {
        var texts = [
            "", ",", "invert,", "blur:ksize=2", "blur:ksize=1e400", "blur:ksize=nan", "invert:a=1", "[",
        ]
        texts += [
            "[{}]", "[{\\\"name\\\":1}]", "[{\\\"name\\\":\\\"blur\\\",\\\"ksize\\\":1e400}]",
        ]
        texts.append(Array(repeating: "invert", count: 33).joined(separator: ","))
        for depth in [100, 513, 3000, 8000, 9000] { texts.append(String(repeating: "[", count: depth)) }
        texts.append(String(repeating: "[", count: 4000) + String(repeating: "]", count: 4000))
        texts.append("[" + String(repeating: "{\\\"name\\\":", count: 1400))
        for text in texts {
            let code = WireKind.task.refusal(of: RawObject.task.with("transforms", "\"\(text)\"").bytes)
            #expect(code == .badTransforms, "\(text.prefix(40))")
        }
    }

    /// Unknown steps may come from a later release, so tasks with them are distinguished from malformed tasks.
    @Test(arguments: ["nothing", "\\u0000", "invert\\u0000", "invert,swirl:turns=2"])
    func stepsOfOtherNamesAreUnknown(text: String) {
        #expect(WireKind.task.refusal(of: RawObject.task.with("transforms", "\"\(text)\"").bytes) == .unknownStep)
    }
}
