public import Tracing

/// The context of a trace in the headers of records.
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

    /// What a record carries on behalf of the task at work: nothing, unless its trace is recorded.
    public static func current(_ tracer: any Instrument) -> [KafkaHeader] {
        guard let context = ServiceContext.current, context.trace?.isSampled == true else { return [] }
        var headers: [KafkaHeader] = []
        tracer.inject(context, into: &headers, using: Writer())
        return headers
    }

    /// What the record is about; `nil` if it is in no trace that is recorded.
    public static func context(of message: KafkaMessage, _ tracer: any Instrument) -> ServiceContext? {
        var context = ServiceContext.topLevel
        tracer.extract(message, into: &context, using: Reader())
        return context.trace?.isSampled == true ? context : nil
    }
}
