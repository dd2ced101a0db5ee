internal import Foundation
internal import Tracing

/// Encodes spans as a JSON request of OTLP over HTTP (OpenTelemetry Protocol 1.3, `ExportTraceServiceRequest`). Ids are
/// hexadecimal, kinds and status codes are numbers, and 64-bit integers are strings.
enum OTLPDocument {
    static let contentType = "application/json"

    static func bytes(of spans: [FinishedSpan], from resource: TraceResource) -> [UInt8] {
        let request = Request(resourceSpans: [
            .init(
                resource: .init(
                    attributes: resource.attributes.sorted { $0.key < $1.key }.map {
                        Attribute(key: $0.key, value: .string($0.value))
                    }),
                scopeSpans: [
                    .init(scope: .init(name: "tilework", version: resource.version), spans: spans.map(Span.init))
                ])
        ])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return (try? encoder.encode(request)).map { [UInt8]($0) } ?? []
    }

    private struct Request: Encodable {
        let resourceSpans: [ResourceSpans]
    }

    private struct ResourceSpans: Encodable {
        let resource: Resource
        let scopeSpans: [ScopeSpans]
    }

    private struct Resource: Encodable {
        let attributes: [Attribute]
    }

    private struct ScopeSpans: Encodable {
        let scope: Scope
        let spans: [Span]
    }

    private struct Scope: Encodable {
        let name: String
        let version: String
    }

    fileprivate struct Attribute: Encodable {
        let key: String
        let value: Value
    }

    private struct Event: Encodable {
        let timeUnixNano: String
        let name: String
        let attributes: [Attribute]
    }

    private struct Link: Encodable {
        let traceId: String
        let spanId: String
        let attributes: [Attribute]
    }

    private struct Status: Encodable {
        let code: Int
        let message: String?
    }

    private struct Span: Encodable {
        let traceId: String
        let spanId: String
        let traceState: String?
        let parentSpanId: String?
        /// The sampled flag.
        let flags: Int
        let name: String
        let kind: Int
        let startTimeUnixNano: String
        let endTimeUnixNano: String
        let attributes: [Attribute]
        let events: [Event]?
        let links: [Link]?
        let status: Status?

        init(_ span: FinishedSpan) {
            traceId = span.context.traceID
            spanId = span.context.spanID
            traceState = span.context.state
            parentSpanId = span.parentID
            flags = 1
            name = span.name
            kind = span.kind.number
            startTimeUnixNano = "\(span.start)"
            endTimeUnixNano = "\(span.end)"
            attributes = span.attributes.listed
            let events = span.events.map {
                Event(
                    timeUnixNano: "\($0.nanosecondsSinceEpoch)", name: $0.name, attributes: $0.attributes.listed)
            }
            self.events = events.isEmpty ? nil : events
            let links = span.links.compactMap { link in
                link.context.trace.map {
                    Link(traceId: $0.traceID, spanId: $0.spanID, attributes: link.attributes.listed)
                }
            }
            self.links = links.isEmpty ? nil : links
            status = span.status.map { Status(code: $0.code == .ok ? 1 : 2, message: $0.message) }
        }
    }

    fileprivate enum Value: Encodable {
        case string(String)
        case integer(Int64)
        case double(Double)
        case flag(Bool)
        case list([Value])

        private struct List: Encodable { let values: [Value] }

        private enum CodingKeys: String, CodingKey {
            case stringValue, intValue, doubleValue, boolValue, arrayValue
        }

        init(_ attribute: SpanAttribute) {
            self =
                switch attribute {
                case .int32(let value): .integer(Int64(value))
                case .int64(let value): .integer(value)
                case .int32Array(let values): .list(values.map { .integer(Int64($0)) })
                case .int64Array(let values): .list(values.map { .integer($0) })
                case .double(let value): .double(value)
                case .doubleArray(let values): .list(values.map { .double($0) })
                case .bool(let value): .flag(value)
                case .boolArray(let values): .list(values.map { .flag($0) })
                case .string(let value): .string(value)
                case .stringArray(let values): .list(values.map { .string($0) })
                case .stringConvertible(let value): .string("\(value)")
                case .stringConvertibleArray(let values): .list(values.map { .string("\($0)") })
                default: .string("")
                }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            switch self {
            case .string(let value): try container.encode(value, forKey: .stringValue)
            case .integer(let value): try container.encode("\(value)", forKey: .intValue)
            case .double(let value): try container.encode(value, forKey: .doubleValue)
            case .flag(let value): try container.encode(value, forKey: .boolValue)
            case .list(let values): try container.encode(List(values: values), forKey: .arrayValue)
            }
        }
    }
}

extension SpanAttributes {
    /// The attributes, sorted by name.
    fileprivate var listed: [OTLPDocument.Attribute] {
        var entries: [OTLPDocument.Attribute] = []
        forEach { entries.append(OTLPDocument.Attribute(key: $0, value: OTLPDocument.Value($1))) }
        return entries.sorted { $0.key < $1.key }
    }
}

extension SpanKind {
    /// OTLP's number for the kind.
    fileprivate var number: Int {
        switch self {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }
}
