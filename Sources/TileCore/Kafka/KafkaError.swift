internal import CKafka

/// An error of a Kafka client or of the cluster.
public struct KafkaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of errors that callers distinguish.
    public enum Code: Sendable, Hashable {
        /// A property is unknown, or its value is not allowed.
        case configuration
        /// The record is larger than the client or the topic allows.
        case recordTooLarge
        /// The record was not confirmed in time.
        case timedOut
        case unknownTopic
        /// The topic has no such partition. After a growth, some brokers report this for a while.
        case unknownPartition
        case topicExists
        /// The cluster does not support this request; an embedded broker supports no administration.
        case unsupported
        case authentication
        case authorization
        /// The client has been closed, perhaps while the record was on its way.
        case closed
        case other
    }

    public let code: Code
    /// librdkafka's error number; 0 if the error comes from Tilework.
    public let number: Int32
    public let reason: String

    public init(_ code: Code, _ reason: String) {
        self.code = code
        number = 0
        self.reason = reason
    }

    init(_ error: rd_kafka_resp_err_t, _ what: String, detail: String? = nil) {
        code = Code(error)
        number = error.rawValue
        let text = unsafe String(cString: rd_kafka_err2str(error))
        reason = "\(what): \(detail ?? text)"
    }

    public var description: String { reason }
}

extension KafkaError.Code {
    init(_ error: rd_kafka_resp_err_t) {
        self =
            switch error {
            case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE: .recordTooLarge
            case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT,
                RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
                .timedOut
            case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC: .unknownTopic
            case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION: .unknownPartition
            case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: .topicExists
            case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION: .unsupported
            case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED: .authentication
            case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
                RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
                .authorization
            case RD_KAFKA_RESP_ERR__DESTROY, RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
                .closed
            default: .other
            }
    }
}
