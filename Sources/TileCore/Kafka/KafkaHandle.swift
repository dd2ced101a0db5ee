internal import CKafka
internal import Logging

/// The owner of a librdkafka client. Messages and queues of the client keep this handle alive, so that the client is
/// destroyed after the last of them.
@safe
final class KafkaHandle: @unchecked Sendable {
    // Sendable: librdkafka's functions may be called from any thread.
    let client: OpaquePointer
    private let callbacks: KafkaCallbacks

    /// - Parameter properties: librdkafka's configuration.
    /// - Throws: with the name of the property if librdkafka does not know it or refuses its value.
    init(
        _ type: rd_kafka_type_t, properties: [String: String], callbacks: KafkaCallbacks
    ) throws(KafkaError) {
        self.callbacks = callbacks
        guard let configuration = unsafe rd_kafka_conf_new() else {
            throw KafkaError(.configuration, "librdkafka has no memory for a configuration")
        }
        for (name, value) in properties.sorted(by: { $0.key < $1.key }) {
            let reason = ReasonBuffer()
            let result = unsafe rd_kafka_conf_set(configuration, name, value, reason.base, reason.count)
            guard result == RD_KAFKA_CONF_OK else {
                unsafe rd_kafka_conf_destroy(configuration)
                throw KafkaError(.configuration, "Kafka property \(name): \(reason.text)")
            }
        }
        unsafe callbacks.install(in: configuration)
        let reason = ReasonBuffer()
        guard let client = unsafe rd_kafka_new(type, configuration, reason.base, reason.count) else {
            unsafe rd_kafka_conf_destroy(configuration)
            throw KafkaError(.configuration, "no Kafka client can be made: \(reason.text)")
        }
        unsafe self.client = client
    }

    deinit { unsafe rd_kafka_destroy(client) }
}

/// A buffer for librdkafka's error messages.
@safe
final class ReasonBuffer {
    let count = 512
    let base: UnsafeMutablePointer<CChar>

    init() {
        unsafe base = .allocate(capacity: count)
        unsafe base.initialize(repeating: 0, count: count)
    }

    var text: String { unsafe String(cString: base) }

    deinit { unsafe base.deallocate() }
}
