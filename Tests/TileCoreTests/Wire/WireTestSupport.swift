import Testing

@testable import TileCore

/// A JSON object with raw text for each field, so that tests can remove and replace fields.
struct RawObject {
    private(set) var fields: [(name: String, text: String)]

    init(_ fields: [(String, String)]) { self.fields = fields.map { (name: $0.0, text: $0.1) } }

    var text: String { "{" + fields.map { "\"\($0.name)\":\($0.text)" }.joined(separator: ",") + "}" }
    var bytes: [UInt8] { Array(text.utf8) }
    var names: [String] { fields.map(\.name) }

    func with(_ name: String, _ text: String) -> RawObject {
        var copy = without(name)
        copy.fields.append((name, text))
        return copy
    }

    func without(_ name: String) -> RawObject {
        var copy = self
        copy.fields.removeAll { $0.name == name }
        return copy
    }

    /// Adds a field with an existing name at the end.
    func repeating(_ name: String, _ text: String) -> RawObject {
        var copy = self
        copy.fields.append((name, text))
        return copy
    }
}

extension RawObject {
    static let job = "019c4b7e-6d2a-7f00-8a8e-0123456789ab"

    /// A task of 3 × 2 pixels, 18 bytes.
    static let task = RawObject([
        ("v", "1"), ("job", "\"\(job)\""), ("pass", "0"), ("tile", "7"), ("attempt", "1"),
        ("pixels", "{\"width\":3,\"height\":2,\"channels\":3,\"depth\":8}"),
        ("inner", "{\"x\":1,\"y\":0,\"width\":2,\"height\":2}"), ("transforms", "\"invert\""),
        ("reply_to", "\"results\""),
    ])

    /// A result of 3 × 2 pixels, 18 bytes.
    static let result = RawObject([
        ("v", "1"), ("job", "\"\(job)\""), ("pass", "0"), ("tile", "7"), ("attempt", "1"),
        ("worker", "\"worker-1\""), ("ms", "1.5"), ("status", "\"ok\""),
        ("pixels", "{\"width\":3,\"height\":2,\"channels\":3,\"depth\":8}"),
    ])

    static let heartbeat = RawObject([
        ("v", "1"), ("worker", "\"worker-1\""), ("instance", "\"i\""), ("host", "\"h\""), ("pid", "4"),
        ("state", "\"online\""), ("slots", "2"), ("tiles_done", "3"), ("uptime", "1.5"), ("partitions", "[0,1]"),
    ])

    static let control = RawObject([
        ("v", "1"), ("worker", "\"worker-1\""), ("instance", "\"i\""), ("order", "\"refuse\""), ("reason", "\"r\""),
    ])

    static let claim = RawObject([
        ("v", "1"), ("results", "\"results\""), ("instance", "\"i\""), ("host", "\"h\""), ("pid", "4"),
    ])

    static let deadLetter = RawObject([
        ("v", "1"), ("reason", "\"r\""), ("topic", "\"tasks\""), ("partition", "3"), ("offset", "4"),
        ("from", "\"master\""),
    ])
}

/// The kinds of headers and payloads, with their common operation: parse bytes, or refuse them.
enum WireKind: CaseIterable, CustomTestStringConvertible {
    case task, result, heartbeat, control, claim, deadLetter

    var valid: RawObject {
        switch self {
        case .task: .task
        case .result: .result
        case .heartbeat: .heartbeat
        case .control: .control
        case .claim: .claim
        case .deadLetter: .deadLetter
        }
    }

    /// Decodes the bytes, and encodes the value again.
    func read(_ bytes: [UInt8], payloadCount: Int = 18) throws(WireError) -> [UInt8] {
        switch self {
        case .task: try TileTask(header: bytes, payloadCount: payloadCount).header.value
        case .result: try TileResult(header: bytes, payloadCount: payloadCount).header.value
        case .heartbeat: try Heartbeat(payload: bytes).payload
        case .control: try WorkerControl(payload: bytes).payload
        case .claim: try MasterClaim(payload: bytes).payload
        case .deadLetter: WireHeader.encode(try DeadLetter(header: bytes))
        }
    }

    func refusal(of bytes: [UInt8], payloadCount: Int = 18) -> WireError.Code? {
        do throws(WireError) {
            _ = try read(bytes, payloadCount: payloadCount)
            return nil
        } catch {
            return error.code
        }
    }

    var testDescription: String { "\(self)" }
}

extension SeededGenerator {
    mutating func workerID() -> String {
        let letters = Array("abcXYZ019._-")
        return String((0..<int(1...WorkerID.maximumLength)).map { _ in pick(letters) })
    }

    /// Text with characters that JSON must escape, and others.
    mutating func text(upTo count: Int) -> String {
        let scalars = Array("aZ \"\\/\u{0}\u{1F}\n\u{7F}é\u{301}漢🧵\u{2028}\u{10FFFF}".unicodeScalars)
        var text = String.UnicodeScalarView()
        for _ in 0..<int(0...count) { text.append(pick(scalars)) }
        return String(text)
    }

    mutating func tile() -> TileID {
        TileID(job: JobID.make(), pass: int(0...3), index: chance(1, in: 5) ? Int(Int32.max) : int(0...1_000_000))
    }

    mutating func size() -> PixelSize {
        PixelSize(width: side(upTo: PixelSize.maximumSide), height: side(upTo: PixelSize.maximumSide))
    }
}
