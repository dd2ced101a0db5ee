/// A right that a daemon needs on a cluster with an authorizer; the list is that of `docs/kafka.md`.
public struct RequiredRight: Sendable, Hashable {
    public let right: KafkaRight
    /// What does not work without the right; `nil` if nothing works.
    let loss: String?

    init(_ right: KafkaRight, orElse loss: String? = nil) {
        self.right = right
        self.loss = loss
    }

    /// The rights of a master, except Create and Describe of topics.
    public static func master(_ topics: TopicNames) -> [RequiredRight] {
        let growth = "the topics of tiles do not grow with the fleet, and more workers than partitions get no tiles"
        return [
            RequiredRight(.write(topic: topics.tasks)),
            RequiredRight(.read(topic: topics.results)),
            RequiredRight(.read(topic: topics.heartbeats)), RequiredRight(.write(topic: topics.heartbeats)),
            RequiredRight(.write(topic: topics.deadLetters)),
            RequiredRight(.commit(group: topics.resultsGroup, topic: topics.results)),
            RequiredRight(.describeGroup(KafkaConsumer.noGroup)),
            RequiredRight(.alter(topic: topics.tasks), orElse: growth),
            RequiredRight(.alter(topic: topics.results), orElse: growth),
        ]
    }

    public static func worker(_ topics: TopicNames) -> [RequiredRight] {
        [
            RequiredRight(.read(topic: topics.tasks)),
            RequiredRight(.write(topic: topics.results)),
            RequiredRight(.read(topic: topics.heartbeats)), RequiredRight(.write(topic: topics.heartbeats)),
            RequiredRight(.write(topic: topics.deadLetters)),
            RequiredRight(.commit(group: TopicNames.workerGroup, topic: topics.tasks)),
            RequiredRight(.describeGroup(KafkaConsumer.noGroup)),
        ]
    }

    /// The finding for the answer to a trial.
    func finding(_ answer: KafkaRight.Answer, _ grant: (KafkaRight) -> String) -> Finding {
        let subject = "right \(right)"
        return switch (answer, loss) {
        case (.granted, _): .ok(subject, "granted")
        case (.unknown(let reason), _): .warning(subject, "unknown whether it is granted: \(reason)")
        case (.denied, nil): .outage(subject, "denied", do: grant(right))
        case (.denied, let loss?): .warning(subject, "denied: \(loss)", do: grant(right))
        }
    }

    /// The command by which an administrator of the cluster grants a right.
    static func command(_ right: KafkaRight, _ configuration: KafkaConfiguration) -> String {
        // With a client certificate, the user's name is the certificate's subject.
        let user =
            configuration["sasl.username"] ?? (configuration["ssl.certificate.location"] == nil ? "NAME" : "CN=NAME")
        return "kafka-acls.sh --bootstrap-server \(configuration.brokers) --command-config ADMIN.properties --add "
            + "--allow-principal User:\(user) --operation \(right.operation) \(right.resource)"
    }
}
