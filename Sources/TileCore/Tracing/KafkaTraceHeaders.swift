public import Tracing

/// Writes and reads trace contexts in the headers of records.
public enum KafkaTraceHeaders {
    private struct Writer: Injector {
        func inject(_ value: String, forKey key: String, into carrier: inout [KafkaHeader]) {
            carrier.append(KafkaHeader(key, Array(value.utf8)))
        }
    }

    private struct Reader: Extractor {
        func extract(key: String, from carrier: KafkaMessage) -> String? {
            carrier.header(key).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// The headers with the current task's trace context; none if the trace is not recorded.
    public static func current(_ tracer: any Instrument) -> [KafkaHeader] {
        guard let context = ServiceContext.current, context.trace?.isSampled == true else { return [] }
        var headers: [KafkaHeader] = []
        tracer.inject(context, into: &headers, using: Writer())
        return headers
    }

    /// The context of a record; `nil` if it belongs to no recorded trace.
    public static func context(of message: KafkaMessage, _ tracer: any Instrument) -> ServiceContext? {
        var context = ServiceContext.topLevel
        tracer.extract(message, into: &context, using: Reader())
        return context.trace?.isSampled == true ? context : nil
    }
}
