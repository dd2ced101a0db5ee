internal import CKafka

/// What went wrong between this process and the cluster.
public struct KafkaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What a caller decides by; the number behind it is in `number`.
    public enum Code: Sendable, Hashable {
        /// A property is unknown or its value not allowed.
        case configuration
        /// The record is larger than the client or the topic allows.
        case recordTooLarge
        /// The record was not confirmed in time.
        case timedOut
        case unknownTopic
        /// The topic has no such partition, as far as the brokers that were asked know: after a growth some learn late.
        case unknownPartition
        case topicExists
        /// The cluster does not offer this request, as an embedded broker does not offer administration.
        case unsupported
        case authentication
        case authorization
        /// The client has been closed, perhaps while the record was on its way.
        case closed
        case other
    }

    public let code: Code
    /// librdkafka's number of the error, 0 if it is one of ours.
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
