import Foundation
import Testing
import Tracing

@testable import TileCore

@Suite struct OTLPDocumentTests {
    /// Follows OTLP's rules for JSON (opentelemetry-proto, docs/specification.md, "JSON Protobuf Encoding").
    @Test func aSpanIsEncodedAsTheProtocolDemands() throws {
        let context = try #require(
            TraceContext(parent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", state: "a=b"))
        var linked = ServiceContext.topLevel
        linked.trace = context
        let span = FinishedSpan(
            context: context, parentID: "1111111111111111", name: "GET /x", kind: .server,
            start: 1_700_000_000_123_456_789, end: 1_700_000_001_000_000_000,
            attributes: [
                "text": "é\"", "whole": .int64(9_007_199_254_740_993), "real": 0.5, "flag": true,
                "list": .stringArray(["a", "b"]),
            ],
            events: [SpanEvent(name: "e", at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: 7))],
            links: [SpanLink(context: linked, attributes: [:])], status: SpanStatus(code: .error, message: "no"))
        let bytes = OTLPDocument.bytes(
            of: [span], from: TraceResource(service: "s", instance: "i", host: "h"))
        let root = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        let resource = try #require((root["resourceSpans"] as? [[String: Any]])?.first)
        let named = try #require((resource["resource"] as? [String: Any])?["attributes"] as? [[String: Any]])
        #expect(
            named.map { $0["key"] as? String } == [
                "host.name", "service.instance.id", "service.name", "service.version",
            ])
        let scope = try #require((resource["scopeSpans"] as? [[String: Any]])?.first)
        let sent = try #require((scope["spans"] as? [[String: Any]])?.first)
        #expect(sent["traceId"] as? String == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(sent["spanId"] as? String == "00f067aa0ba902b7")
        #expect(sent["parentSpanId"] as? String == "1111111111111111" && sent["traceState"] as? String == "a=b")
        #expect(sent["kind"] as? Int == 2 && sent["flags"] as? Int == 1)
        #expect(sent["startTimeUnixNano"] as? String == "1700000000123456789")
        #expect(sent["endTimeUnixNano"] as? String == "1700000001000000000")
        let status = try #require(sent["status"] as? [String: Any])
        #expect(status["code"] as? Int == 2 && status["message"] as? String == "no")
        var values: [String: [String: Any]] = [:]
        for attribute in try #require(sent["attributes"] as? [[String: Any]]) {
            values[try #require(attribute["key"] as? String)] = attribute["value"] as? [String: Any]
        }
        #expect(values["text"]?["stringValue"] as? String == "é\"")
        // The number exceeds the precision of numbers in JSON.
        #expect(values["whole"]?["intValue"] as? String == "9007199254740993")
        #expect(values["real"]?["doubleValue"] as? Double == 0.5 && values["flag"]?["boolValue"] as? Bool == true)
        let list = (values["list"]?["arrayValue"] as? [String: Any])?["values"] as? [[String: String]]
        #expect(list == [["stringValue": "a"], ["stringValue": "b"]])
        let event = try #require((sent["events"] as? [[String: Any]])?.first)
        #expect(event["name"] as? String == "e" && event["timeUnixNano"] as? String == "7")
        let link = try #require((sent["links"] as? [[String: Any]])?.first)
        #expect(link["traceId"] as? String == context.traceID && link["spanId"] as? String == context.spanID)
    }

    @Test func missingFieldsAreLeftOut() throws {
        let span = FinishedSpan(
            context: .root(sampler: TraceSampler()), parentID: nil, name: "x", kind: .internal, start: 1, end: 2,
            attributes: [:], events: [], links: [], status: nil)
        let text = String(
            decoding: OTLPDocument.bytes(of: [span], from: TraceResource(service: "s", instance: "i", host: "h")),
            as: UTF8.self)
        for name in ["parentSpanId", "events", "links", "status", "traceState", "null"] {
            #expect(!text.contains(name))
        }
    }
}
