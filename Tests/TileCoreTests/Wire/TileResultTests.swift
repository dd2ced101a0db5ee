import Testing

@testable import TileCore

@Suite struct TileResultTests {
    @Test(arguments: 1...200) func aResultComesBackAsItWas(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let size = generator.size()
        let format = generator.pick(PixelFormat.everyFormat)
        let isFailure = generator.chance(1, in: 3)
        let result = TileResult(
            tile: generator.tile(), attempt: generator.int(1...4), worker: generator.workerID(),
            milliseconds: generator.chance(1, in: 4) ? 0 : Double.random(in: 0...1e6, using: &generator),
            cpuMilliseconds: generator.chance(1, in: 4) ? 0 : Double.random(in: 0...1e6, using: &generator),
            outcome: isFailure ? .failure(reason: generator.text(upTo: 900)) : .pixels(size, format))
        let count = isFailure ? 0 : PixelBuffer.byteCount(size: size, format: format)
        #expect(result.header.name == "tile")
        #expect(try TileResult(header: result.header.value, payloadCount: count) == result)
    }

    @Test func aResultInACanvasHasNoPayload() throws {
        let (size, tile) = (PixelSize(width: 5, height: 4), TileID(job: .make(), pass: 1, index: 2))
        for (outcome, tiles) in [
            (TileResult.Outcome.written(size, .bgra(.sixteen)), 1), (.written(size, .bgra(.sixteen)), nil),
            (.written(size, .bgra(.sixteen)), 8), (.unreachable(reason: "no such file"), 3),
            (.failure(reason: "no memory"), 2),
        ] {
            let result = TileResult(
                tile: tile, attempt: 1, worker: "worker-1", milliseconds: 2, cpuMilliseconds: 1, outcome: outcome,
                loan: TileResult.Loan(id: "c0ffee", tiles: tiles))
            #expect(try TileResult(header: result.header.value, payloadCount: 0) == result)
        }
        let written = RawObject.result.with("canvas", "\"c0ffee\"")
        #expect(WireKind.result.refusal(of: written.bytes, payloadCount: 18) == .payloadMismatch)
        #expect(WireKind.result.refusal(of: written.with("canvas", "\"\"").bytes, payloadCount: 0) == .badValue)
        for tiles in ["0", "65", "-1"] {
            #expect(WireKind.result.refusal(of: written.with("tiles", tiles).bytes, payloadCount: 0) == .badValue)
        }
    }

    @Test func theTextIsStable() throws {
        let tile = TileID(job: try #require(JobID(rawValue: RawObject.job)), pass: 0, index: 3)
        let done = TileResult(
            tile: tile, attempt: 1, worker: "worker-1", milliseconds: 2.5,
            outcome: .pixels(PixelSize(width: 512, height: 463), .gray(.eight)))
        let doneText =
            "{\"attempt\":1,\"job\":\"\(RawObject.job)\",\"ms\":2.5,\"pass\":0,"
            + "\"pixels\":{\"channels\":1,\"depth\":8,\"height\":463,\"width\":512},\"status\":\"ok\",\"tile\":3,\"v\":1,"
            + "\"worker\":\"worker-1\"}"
        #expect(String(decoding: done.header.value, as: UTF8.self) == doneText)
        let failed = TileResult(
            tile: tile, attempt: 4, worker: "worker-1", milliseconds: 0, outcome: .failure(reason: "no memory"))
        let failedText =
            "{\"attempt\":4,\"job\":\"\(RawObject.job)\",\"ms\":0,\"pass\":0,\"reason\":\"no memory\","
            + "\"status\":\"failed\",\"tile\":3,\"v\":1,\"worker\":\"worker-1\"}"
        #expect(String(decoding: failed.header.value, as: UTF8.self) == failedText)
    }

    /// A reason may quote any text of any length. The master must be able to parse it, or it would miss the failure.
    @Test(
        arguments: [
            String(repeating: "a", count: 100_000), String(repeating: "\u{1}", count: 20_000),
            String(repeating: "👩‍👩‍👧‍👦", count: 5000), "a" + String(repeating: "\u{301}", count: 50_000),
        ])
    func longReasonsAreCut(reason: String) throws {
        let result = TileResult(
            tile: TileID(job: JobID.make(), pass: 0, index: 0), attempt: 1, worker: "w", milliseconds: 0,
            outcome: .failure(reason: reason))
        #expect(result.header.value.count < WireHeader.maximumBytes / 2)
        let again = try TileResult(header: result.header.value, payloadCount: 0)
        guard case .failure(let cut) = again.outcome else {
            Issue.record("the failure came back as pixels")
            return
        }
        #expect(cut.unicodeScalars.count == 1000)
        #expect(reason.unicodeScalars.starts(with: cut.unicodeScalars))
    }

    @Test func aFailureNeedsNoReasonAndNoPixels() throws {
        let failed = RawObject.result.with("status", "\"failed\"").without("pixels")
        let result = try TileResult(header: failed.bytes, payloadCount: 0)
        #expect(result.outcome == .failure(reason: "the worker gave no reason"))
        let withReason = try TileResult(header: failed.with("reason", "\"no memory\"").bytes, payloadCount: 0)
        #expect(withReason.outcome == .failure(reason: "no memory"))
    }

    @Test func timesOutOfRangeCountAsMissing() throws {
        for time in ["-1", "-1e300", "null", "0", "-0.0", "86400001", "1e300", "1e308"] {
            let result = try TileResult(header: RawObject.result.with("ms", time).bytes, payloadCount: 18)
            #expect(result.milliseconds == 0, "\(time)")
        }
        #expect(try TileResult(header: RawObject.result.without("ms").bytes, payloadCount: 18).milliseconds == 0)
        for time in ["-1", "86400001"] {
            let result = try TileResult(header: RawObject.result.with("cpu_ms", time).bytes, payloadCount: 18)
            #expect(result.cpuMilliseconds == 0 && result.milliseconds == 1.5)
        }
        let told = try TileResult(header: RawObject.result.with("cpu_ms", "1.25").bytes, payloadCount: 18)
        #expect(told.cpuMilliseconds == 1.25)
        let longest = RawObject.result.with("ms", "86400000")
        #expect(try TileResult(header: longest.bytes, payloadCount: 18).milliseconds == 86_400_000)
    }

    @Test(arguments: ["\"OK\"", "\"\"", "\"done\"", "1", "null"]) func otherOutcomesAreRefused(status: String) {
        #expect(WireKind.result.refusal(of: RawObject.result.with("status", status).bytes) == .malformedHeader)
    }

    @Test(arguments: ["pass", "tile", "attempt"]) func countersStayInBounds(name: String) {
        for value in ["-1", "2147483648", "9223372036854775807", "-9223372036854775808"] {
            #expect(WireKind.result.refusal(of: RawObject.result.with(name, value).bytes) == .badValue, "\(value)")
        }
        #expect(WireKind.result.refusal(of: RawObject.result.with(name, "2147483647").bytes) == nil)
    }

    @Test(
        arguments: [
            "", "a/b", "../worker", "wörker", "a b", "a\\u0000", "a\\n", "<script>", String(repeating: "w", count: 101),
        ])
    func workersHaveWorkerIDs(worker: String) {
        for kind in [WireKind.result, .heartbeat, .control] {
            let code = kind.refusal(of: kind.valid.with("worker", "\"\(worker)\"").bytes)
            #expect(code == .badValue, "\(kind)")
        }
    }
}
