import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

/// An OpenTelemetry collector. It accepts `POST /v1/traces` in JSON, and refuses what the protocol forbids.
final class TraceCollector: Sendable {
    /// A received span.
    struct Span: Sendable {
        let service: String
        let instance: String
        let traceID: String
        let id: String
        let parentID: String?
        let name: String
        let kind: Int
        /// Nanoseconds since 1970.
        let start: UInt64
        let end: UInt64
        let attributes: [String: String]
        let isError: Bool
    }

    fileprivate struct State {
        var spans: [Span] = []
        var faults: [String] = []
        var status = HTTPResponseStatus.ok
    }

    private let state: StateBox
    private let server: any Channel

    final class StateBox: Sendable {
        fileprivate let value = Mutex(State())
    }

    private init(_ server: any Channel, _ state: StateBox) {
        self.server = server
        self.state = state
    }

    static func start() async throws -> TraceCollector {
        let state = StateBox()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(TakingHandler(state))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return TraceCollector(server, state)
    }

    var url: String { "http://127.0.0.1:\(server.localAddress?.port ?? 0)" }
    var spans: [Span] { state.value.withLock { $0.spans } }
    /// The errors in requests.
    var faults: [String] { state.value.withLock { $0.faults } }

    func named(_ name: String) -> [Span] { spans.filter { $0.name == name } }

    /// Sets the status of further answers.
    func answer(_ status: HTTPResponseStatus) { state.value.withLock { $0.status = status } }

    func close() async { try? await server.close() }

    fileprivate static func take(_ head: HTTPRequestHead, _ body: [UInt8], into state: StateBox) -> HTTPResponseStatus {
        do {
            guard head.method == .POST, head.uri == "/v1/traces",
                head.headers.first(name: "Content-Type") == "application/json"
            else { throw BenchError("\(head.method) \(head.uri) \(head.headers)") }
            let spans = try OTLPRequest.spans(body)
            return state.value.withLock { state in
                if state.status == .ok { state.spans += spans }
                return state.status
            }
        } catch {
            state.value.withLock { $0.faults.append("\(error)") }
            return .badRequest
        }
    }
}

private final class TakingHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let state: TraceCollector.StateBox
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    init(_ state: TraceCollector.StateBox) { self.state = state }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): (self.head, body) = (head, ByteBuffer())
        case .body(let bytes): body.writeImmutableBuffer(bytes)
        case .end:
            guard let head else { return }
            let status = TraceCollector.take(head, Array(buffer: body), into: state)
            let answer = ByteBuffer(string: "{}")
            let fields: HTTPHeaders = ["Content-Type": "application/json", "Content-Length": "\(answer.readableBytes)"]
            context.write(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: fields))),
                promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(answer))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}

/// Reads `ExportTraceServiceRequest` as JSON, strictly. Ids have the right length in hexadecimal, 64-bit numbers are
/// strings, kinds and codes are numbers, times are in order, and each key is unique.
private enum OTLPRequest {
    private typealias Object = [String: Any]

    static func spans(_ body: [UInt8]) throws -> [TraceCollector.Span] {
        let root = try object(JSONSerialization.jsonObject(with: Data(body)), ["resourceSpans"])
        return try list(root["resourceSpans"]).flatMap { resource in
            let resource = try object(resource, ["resource", "scopeSpans"])
            let facts = try attributes(try object(resource["resource"] as Any, ["attributes"])["attributes"])
            guard let service = facts["service.name"], let instance = facts["service.instance.id"] else {
                throw BenchError("a resource without a service: \(facts)")
            }
            return try list(resource["scopeSpans"]).flatMap { scope in
                let scope = try object(scope, ["scope", "spans"])
                return try list(scope["spans"]).map { try span($0, service, instance) }
            }
        }
    }

    private static func span(_ value: Any, _ service: String, _ instance: String) throws -> TraceCollector.Span {
        let span = try object(
            value,
            [
                "traceId", "spanId", "traceState", "parentSpanId", "flags", "name", "kind", "startTimeUnixNano",
                "endTimeUnixNano", "attributes", "events", "links", "status",
            ])
        guard let name = span["name"] as? String, !name.isEmpty, let kind = span["kind"] as? Int,
            (1...5).contains(kind),
            let start = (span["startTimeUnixNano"] as? String).flatMap({ UInt64($0) }),
            let end = (span["endTimeUnixNano"] as? String).flatMap({ UInt64($0) }), start <= end
        else { throw BenchError("not a span: \(span)") }
        for event in try list(span["events"] ?? []) {
            let event = try object(event, ["timeUnixNano", "name", "attributes"])
            guard (event["timeUnixNano"] as? String).flatMap({ UInt64($0) }) != nil else {
                throw BenchError("not an event: \(event)")
            }
            _ = try attributes(event["attributes"])
        }
        let status = try span["status"].map { try object($0, ["code", "message"]) }
        if let status, ![0, 1, 2].contains(status["code"] as? Int) { throw BenchError("status \(status)") }
        return TraceCollector.Span(
            service: service, instance: instance, traceID: try id(span["traceId"], digits: 32),
            id: try id(span["spanId"], digits: 16),
            parentID: try span["parentSpanId"].map { try id($0, digits: 16) }, name: name, kind: kind, start: start,
            end: end, attributes: try attributes(span["attributes"]), isError: status?["code"] as? Int == 2)
    }

    private static func id(_ value: Any?, digits: Int) throws -> String {
        guard let text = value as? String, text.utf8.count == digits, text.wholeMatch(of: /[0-9a-f]+/) != nil,
            text.contains(where: { $0 != "0" })
        else { throw BenchError("not an id: \(value ?? "none")") }
        return text
    }

    private static func attributes(_ value: Any?) throws -> [String: String] {
        var found: [String: String] = [:]
        for entry in try list(value ?? []) {
            let entry = try object(entry, ["key", "value"])
            let value = try object(
                entry["value"] as Any, ["stringValue", "boolValue", "intValue", "doubleValue", "arrayValue"])
            guard let key = entry["key"] as? String, found[key] == nil, value.count == 1 else {
                throw BenchError("not an attribute: \(entry)")
            }
            if let number = value["intValue"] {
                guard let text = number as? String, Int64(text) != nil else {
                    throw BenchError("not a number: \(entry)")
                }
            }
            found[key] = value.values.first.map { "\($0)" }
        }
        return found
    }

    private static func object(_ value: Any, _ names: Set<String>) throws -> Object {
        guard let object = value as? Object, Set(object.keys).isSubset(of: names) else {
            throw BenchError("not an object of \(names.sorted()): \(value)")
        }
        return object
    }

    private static func list(_ value: Any?) throws -> [Any] {
        guard let list = value as? [Any] else { throw BenchError("not a list: \(value ?? "none")") }
        return list
    }
}
