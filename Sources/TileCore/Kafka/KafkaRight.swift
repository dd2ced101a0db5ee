/// A right that a cluster with an authorizer grants or denies (an ACL).
public enum KafkaRight: Sendable, Hashable, CustomStringConvertible {
    case describe(topic: String)
    case read(topic: String)
    case write(topic: String)
    case create(topic: String)
    /// To add partitions.
    case alter(topic: String)
    case describeConfigs(topic: String)
    /// To join a group that reads the topic, and to commit its offsets.
    case commit(group: String, topic: String)
    case describeGroup(String)

    public enum Answer: Sendable, Hashable {
        case granted
        case denied
        /// The cluster's answer does not show whether the right is granted.
        case unknown(reason: String)
    }

    /// Kafka's name of the operation.
    public var operation: String {
        switch self {
        case .describe, .describeGroup: "Describe"
        case .read, .commit: "Read"
        case .write: "Write"
        case .create: "Create"
        case .alter: "Alter"
        case .describeConfigs: "DescribeConfigs"
        }
    }

    /// The resource as an option of `kafka-acls.sh`.
    public var resource: String {
        switch self {
        case .describe(let topic), .read(let topic), .write(let topic), .create(let topic), .alter(let topic),
            .describeConfigs(let topic):
            "--topic \(topic)"
        case .commit(let group, _), .describeGroup(let group): "--group \(group)"
        }
    }

    /// The topic that must exist before the right can be tried; `nil` if there is none.
    public var topic: String? {
        switch self {
        case .describe(let topic), .read(let topic), .write(let topic), .create(let topic), .alter(let topic),
            .describeConfigs(let topic):
            topic
        case .commit(_, let topic): topic
        case .describeGroup: nil
        }
    }

    public var description: String {
        switch self {
        case .commit(let group, _), .describeGroup(let group): "\(operation) of group \(group)"
        default: "\(operation) on topic \(topic ?? "")"
        }
    }
}
