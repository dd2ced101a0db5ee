import Testing

@testable import TileCore

@Suite struct HeartbeatTests {
    @Test(arguments: 1...100) func aHeartbeatComesBackAsItWas(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let heartbeat = Heartbeat(
            worker: generator.workerID(), instance: generator.text(upTo: 20), host: generator.text(upTo: 50),
            pid: generator.int(0...Int.max), state: generator.pick([.online, .leaving]), slots: generator.int(1...4096),
            tilesDone: generator.int(0...Int.max), uptime: Double.random(in: 0...1e12, using: &generator),
            partitions: (0..<generator.int(0...500)).map { _ in generator.int(0...Int(Int32.max)) },
            rebalances: generator.chance(1, in: 2) ? generator.int(0...Int(Int32.max)) : nil,
            reconnects: generator.chance(1, in: 2) ? generator.int(0...Int(Int32.max)) : nil,
            deadLetters: generator.chance(1, in: 2) ? generator.int(0...Int(Int32.max)) : nil,
            alone: generator.chance(1, in: 2) ? TileAttempt(generator.tile(), attempt: 3) : nil,
            steps: generator.chance(1, in: 2) ? ["blur", generator.workerID()].map { String($0.prefix(40)) } : nil)
        #expect(try Heartbeat(payload: heartbeat.payload) == heartbeat)
    }

    @Test func theTextIsStable() {
        let heartbeat = Heartbeat(
            worker: "worker-1", instance: "a", host: "h/1", pid: 7, state: .leaving, slots: 2, tilesDone: 30,
            uptime: 4.5,
            partitions: [0, 3])
        let expected =
            "{\"host\":\"h/1\",\"instance\":\"a\",\"partitions\":[0,3],\"pid\":7,\"slots\":2,\"state\":\"leaving\","
            + "\"tiles_done\":30,\"uptime\":4.5,\"v\":1,\"worker\":\"worker-1\"}"
        #expect(String(decoding: heartbeat.payload, as: UTF8.self) == expected)
    }

    @Test func optionalFieldsAreEncodedOnlyIfSet() throws {
        let job = try #require(JobID(rawValue: RawObject.job))
        let heartbeat = Heartbeat(
            worker: "w", instance: "", host: "", pid: 0, state: .online, slots: 1, tilesDone: 0, uptime: 0,
            partitions: [], rebalances: 2, reconnects: 0,
            alone: TileAttempt(TileID(job: job, pass: 1, index: 7), attempt: 4))
        let text = String(decoding: heartbeat.payload, as: UTF8.self)
        #expect(text.contains("\"alone\":{\"attempt\":4,\"job\":\"\(job)\",\"pass\":1,\"tile\":7}"))
        #expect(text.contains("\"rebalances\":2") && text.contains("\"reconnects\":0"))
        let plain = try Heartbeat(payload: RawObject.heartbeat.bytes)
        #expect(plain.rebalances == nil && plain.reconnects == nil && plain.alone == nil)
    }

    private static let odd: [(String, String, WireError.Code)] = [
        ("rebalances", "-1", .badValue), ("reconnects", "-1", .badValue), ("reconnects", "2147483648", .badValue),
        ("dead_letters", "-1", .badValue), ("steps", "7", .malformedHeader), ("steps", "[7]", .malformedHeader),
        ("steps", "[\"\(String(repeating: "a", count: 41))\"]", .badValue),
        ("rebalances", "1.5", .malformedHeader), ("reconnects", "\"1\"", .malformedHeader),
        ("alone", "7", .malformedHeader), ("alone", "{}", .malformedHeader),
        ("alone", "{\"job\":\"\(RawObject.job)\",\"pass\":0,\"tile\":0}", .malformedHeader),
        ("alone", alone(job: "1", pass: 0, tile: 0, attempt: 3), .malformedHeader),
        ("alone", alone(pass: -1, tile: 0, attempt: 3), .badValue),
        ("alone", alone(pass: 0, tile: 2_147_483_648, attempt: 3), .badValue),
        ("alone", alone(pass: 0, tile: 0, attempt: 0), .badValue),
    ]

    private static func alone(job: String = RawObject.job, pass: Int, tile: Int, attempt: Int) -> String {
        "{\"job\":\"\(job)\",\"pass\":\(pass),\"tile\":\(tile),\"attempt\":\(attempt)}"
    }

    @Test(arguments: odd)
    func optionalFieldsAreChecked(name: String, text: String, code: WireError.Code) {
        #expect(WireKind.heartbeat.refusal(of: RawObject.heartbeat.with(name, text).bytes) == code)
    }

    @Test(
        arguments: [
            ("slots", "0"), ("slots", "-1"), ("slots", "4097"), ("slots", "9223372036854775807"), ("tiles_done", "-1"),
            ("uptime", "-0.5"), ("uptime", "-1e300"), ("pid", "-1"), ("partitions", "[-1]"),
            ("partitions", "[0,2147483648]"), ("instance", "\"\(String(repeating: "i", count: 101))\""),
            ("host", "\"\(String(repeating: "h", count: 256))\""),
        ])
    func valuesThatCannotBeAreRefused(name: String, text: String) {
        #expect(WireKind.heartbeat.refusal(of: RawObject.heartbeat.with(name, text).bytes) == .badValue)
    }

    @Test(
        arguments: [
            ("state", "\"ONLINE\""), ("state", "\"\""), ("slots", "1.5"), ("partitions", "[null]"),
            ("partitions", "[\"0\"]"), ("partitions", "[0.5]"), ("partitions", "{\"0\":0}"), ("uptime", "\"NaN\""),
        ])
    func valuesOfAnotherTypeAreRefused(name: String, text: String) {
        #expect(WireKind.heartbeat.refusal(of: RawObject.heartbeat.with(name, text).bytes) == .malformedHeader)
    }

    @Test func boundsAreInside() {
        for (name, text) in [
            ("slots", "1"), ("slots", "4096"), ("uptime", "0"), ("uptime", "1e300"), ("partitions", "[]"),
            ("partitions", "[2147483647]"), ("pid", "0"), ("host", "\"\""),
        ] {
            #expect(
                WireKind.heartbeat.refusal(of: RawObject.heartbeat.with(name, text).bytes) == nil, "\(name): \(text)")
        }
    }
}

@Suite struct WorkerControlTests {
    @Test(arguments: 1...50) func anOrderComesBackAsItWas(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let control = WorkerControl(
            worker: generator.workerID(), instance: generator.text(upTo: 20), order: generator.pick([.refuse, .drain]),
            reason: generator.text(upTo: 500))
        #expect(try WorkerControl(payload: control.payload) == control)
    }

    @Test func unknownOrdersAreRefused() {
        for order in ["\"accept\"", "\"\"", "\"REFUSE\"", "0"] {
            #expect(WireKind.control.refusal(of: RawObject.control.with("order", order).bytes) == .malformedHeader)
        }
    }

    @Test func anInstanceIsAsShortAsInAHeartbeat() {
        for (count, code) in [(100, nil), (101, WireError.Code.badValue)] {
            let instance = "\"\(String(repeating: "i", count: count))\""
            #expect(WireKind.control.refusal(of: RawObject.control.with("instance", instance).bytes) == code)
            #expect(WireKind.heartbeat.refusal(of: RawObject.heartbeat.with("instance", instance).bytes) == code)
        }
    }
}
