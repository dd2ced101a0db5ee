internal import CKafka
internal import Foundation
internal import Logging
internal import Synchronization

/// The callbacks of one librdkafka client: logs, errors, delivery reports, rebalances. The client's handle keeps this
/// object alive, and librdkafka has it as its opaque pointer.
final class KafkaCallbacks: Sendable {
    let logger: Logger
    /// Set for consumers that belong to a group.
    let onRebalance: (@Sendable (_ isAssignment: Bool, _ partitions: [KafkaPartition]) -> Void)?
    private struct Problems {
        /// The advice that was logged since the last success.
        var current: Set<String> = []
        var reconnects = 0
        var errors: [KafkaErrorKind: Int] = [:]
        /// Why the last connection failed.
        var cause: String?
        var causeCode: KafkaError.Code?
        /// The latest advice, with its cause.
        var latest: String?
    }

    private static let noBroker = "no broker answers; check --brokers and the network. Trying again until one does"
    private let problems = Mutex(Problems())
    private let isMuted = Atomic(false)

    init(
        logger: Logger,
        onRebalance: (@Sendable (_ isAssignment: Bool, _ partitions: [KafkaPartition]) -> Void)? = nil
    ) {
        self.logger = logger
        self.onRebalance = onRebalance
    }

    func install(in configuration: OpaquePointer) {
        unsafe rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(self).toOpaque())
        unsafe rd_kafka_conf_set_log_cb(configuration) { client, level, facility, text in
            guard let callbacks = unsafe KafkaCallbacks.of(client), let text = unsafe text else { return }
            unsafe callbacks.log(
                level: level, facility: facility.map { unsafe String(cString: $0) } ?? "",
                text: String(cString: text))
        }
        unsafe rd_kafka_conf_set_error_cb(configuration) { client, error, reason, _ in
            guard let callbacks = unsafe KafkaCallbacks.of(client) else { return }
            unsafe callbacks.report(rd_kafka_resp_err_t(error), reason.map { unsafe String(cString: $0) } ?? "")
        }
        unsafe rd_kafka_conf_set_dr_msg_cb(configuration) { _, message, _ in
            guard let message = unsafe message, let waiter = unsafe message.pointee._private else { return }
            let delivery = unsafe Unmanaged<KafkaDeliveryWaiter>.fromOpaque(waiter).takeRetainedValue()
            unsafe delivery.finish(message.pointee)
        }
        unsafe rd_kafka_conf_set_socket_cb(configuration) { domain, type, number, _ in
            tw_kafka_socket(domain, type, number, KafkaLimits.deadNetworkMilliseconds)
        }
        guard onRebalance != nil else { return }
        unsafe rd_kafka_conf_set_rebalance_cb(configuration) { client, error, list, opaque in
            guard let client = unsafe client, let list = unsafe list, let opaque = unsafe opaque else { return }
            let callbacks = unsafe Unmanaged<KafkaCallbacks>.fromOpaque(opaque).takeUnretainedValue()
            let partitions = unsafe KafkaPartition.all(in: list)
            if error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
                callbacks.onRebalance?(true, partitions)
                unsafe rd_kafka_assign(client, list)
            } else {
                callbacks.onRebalance?(false, partitions)
                // A pause outlives the assignment, so a partition that is assigned again would stay paused.
                unsafe rd_kafka_resume_partitions(client, list)
                unsafe rd_kafka_assign(client, nil)
            }
        }
    }

    private static func of(_ client: OpaquePointer?) -> KafkaCallbacks? {
        guard let client = unsafe client, let opaque = unsafe rd_kafka_opaque(client) else { return nil }
        return unsafe Unmanaged<KafkaCallbacks>.fromOpaque(opaque).takeUnretainedValue()
    }

    /// Logs a line of librdkafka, with the levels of syslog. Noise is logged at debug: connection failures, which are
    /// reported as errors as well; commits that a rebalance has overtaken; and properties that only producers or only
    /// consumers know, because all clients of a process share one configuration.
    private func log(level: Int32, facility: String, text: String) {
        guard !isMuted.load(ordering: .relaxed) else { return }
        let isNoise =
            ["FAIL", "ERROR", "COMMITFAIL"].contains(facility) || text.contains("will be ignored by this")
        logger.log(
            level: level >= 7 ? .trace : isNoise || level >= 5 ? .debug : .warning, "librdkafka: \(text)")
    }

    /// Logs each kind of problem once, until the next success.
    func report(_ error: rd_kafka_resp_err_t, _ reason: String) {
        guard !isMuted.load(ordering: .relaxed) else { return }
        let kind = KafkaErrorKind(error)
        let advice =
            switch kind {
            case .unreachable: Self.noBroker
            case .authentication:
                "the brokers refuse the credentials; check sasl.* and security.protocol in --kafka-config"
            case .tls: "no TLS connection; check ssl.* and security.protocol in --kafka-config"
            case .other: "Kafka client error"
            }
        let isNews = problems.withLock { problems in
            problems.errors[kind, default: 0] += 1
            if error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN {
                problems.cause = Self.cause(in: reason)
                problems.causeCode = KafkaError.Code(error)
            }
            problems.latest = problems.cause.map { "\(advice) (\($0))" } ?? advice
            return problems.current.insert(advice).inserted
        }
        guard isNews else { return }
        logger.warning("\(advice)", metadata: ["reason": "\(reason)"])
    }

    /// Stops all logging. For a client that its owner has given up.
    func mute() { isMuted.store(true, ordering: .relaxed) }

    /// Why the last connection failed, as in "Connection refused"; `nil` if there was no such error since the last
    /// success.
    var cause: String? { problems.withLock { $0.cause } }

    /// The code of the last connection error.
    var causeCode: KafkaError.Code? { problems.withLock { $0.causeCode } }

    /// The cause in librdkafka's message about a failed connection; `nil` if the broker gave none (timeout,
    /// disconnect).
    ///
    /// An example of such a message: "127.0.0.1:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection
    /// refused (after 0ms in state CONNECT)".
    static func cause(in reason: String) -> String? {
        guard !["timed out", "Timed out", "Disconnected", "disconnected"].contains(where: reason.contains) else {
            return nil
        }
        let words = reason.range(of: " (after ", options: .backwards).map { reason[..<$0.lowerBound] } ?? reason[...]
        let parts = words.split(separator: ": ").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: ": ")) }
        guard parts.count > 1 else { return parts.first }
        let isConnection = parts[1].hasPrefix("Connect to") || parts[1].hasPrefix("Failed to resolve")
        return isConnection ? parts.last : parts.dropFirst().joined(separator: ": ")
    }

    /// A request succeeded: clears the problems, so that the next one is logged again.
    func reportSuccess() {
        let recovered = problems.withLock { problems in
            if problems.current.contains(Self.noBroker) { problems.reconnects += 1 }
            defer {
                problems.current = []
                problems.cause = nil
                problems.causeCode = nil
                problems.latest = nil
            }
            return !problems.current.isEmpty
        }
        if recovered { logger.notice("Kafka answers again") }
    }

    /// The latest problem since the last success, with advice; `nil` if there is none.
    var problem: String? { problems.withLock { $0.latest } }

    /// How often a broker answered again after none had answered.
    var reconnects: Int { problems.withLock { $0.reconnects } }

    /// The client's errors since its start, by kind.
    var errors: [KafkaErrorKind: Int] { problems.withLock { $0.errors } }
}

extension KafkaErrorKind {
    fileprivate init(_ error: rd_kafka_resp_err_t) {
        self =
            switch error {
            case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__RESOLVE:
                .unreachable
            case RD_KAFKA_RESP_ERR__AUTHENTICATION: .authentication
            case RD_KAFKA_RESP_ERR__SSL: .tls
            default: .other
            }
    }
}
