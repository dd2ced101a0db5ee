/// Checks of a topic's partitions and settings.
enum TopicChecks {
    /// The minimum retention in milliseconds. Tiles that expire while they wait are resent late.
    static let leastRetention = 10 * 60_000

    /// - Parameters:
    ///   - isMaster: whether this is a master, which creates missing topics.
    ///   - brokers: the cluster's number of brokers.
    ///   - mayCreate: whether this client has the right to create the topic.
    static func state(
        _ topic: KafkaTopicSpecification, _ state: KafkaInquiry.TopicState?, isMaster: Bool, brokers: Int,
        mayCreate: KafkaRight.Answer?, _ grant: (KafkaRight) -> String
    ) -> Finding {
        let subject = "topic \(topic.name)"
        switch state ?? .missing {
        case .forbidden:
            return .outage(subject, "the right Describe is denied", do: grant(.describe(topic: topic.name)))
        case .other(let reason): return .outage(subject, reason)
        case .missing:
            guard isMaster else {
                return .outage(subject, "it is missing", do: "start the master, or make it with 'master-main topics'")
            }
            if case .denied = mayCreate {
                return .outage(
                    subject, "it is missing, and the master may not make it", do: grant(.create(topic: topic.name)))
            }
            return .ok(subject, "it is missing; the master makes it")
        case .there(let partitions, let leaderless, let replicas):
            let text = "\(partitions) partitions, \(replicas) replicas"
            if leaderless > 0 {
                return .outage(subject, "\(text); \(leaderless) partitions have no leader", do: "start their brokers")
            }
            if brokers > 1, replicas < 2 {
                return .warning(
                    subject, "\(text): tiles wait while one broker is away",
                    do: "kafka-reassign-partitions.sh, with more replicas")
            }
            return .ok(subject, text)
        }
    }

    /// Warns if there are fewer partitions for results than for tasks, because a result takes the partition of its
    /// task.
    static func partitions(tasks: Int, results: Int, _ topics: TopicNames) -> Finding? {
        guard results < tasks else { return nil }
        return .warning(
            "topic \(topics.results)",
            "it has \(results) partitions, and \(topics.tasks) has \(tasks); the master adds some at its start if it may",
            do: "kafka-topics.sh --bootstrap-server HOST:PORT --alter --topic \(topics.results) --partitions \(tasks)")
    }

    /// - Parameter settings: the topic's settings on the cluster.
    static func settings(_ topic: KafkaTopicSpecification, _ settings: [String: String]) -> [Finding] {
        let subject = "topic \(topic.name)"
        var findings: [Finding] = []
        func command(_ setting: String, _ value: String) -> String {
            "kafka-configs.sh --bootstrap-server HOST:PORT --alter --entity-type topics --entity-name \(topic.name) "
                + "--add-config \(setting)=\(value)"
        }
        if let wanted = topic.settings["max.message.bytes"],
            let bytes = settings["max.message.bytes"].flatMap({ Int($0) }),
            bytes < Int(wanted) ?? 0
        {
            findings.append(
                .outage(
                    subject, "it takes records of \(bytes) bytes, tiles may have \(wanted)",
                    do: command("max.message.bytes", wanted)))
        }
        if let wanted = topic.settings["retention.ms"], let time = settings["retention.ms"].flatMap({ Int($0) }),
            (0..<leastRetention).contains(time)
        {
            findings.append(
                .warning(subject, "it keeps records for \(time) ms only", do: command("retention.ms", wanted)))
        }
        if settings["cleanup.policy"]?.contains("compact") == true {
            findings.append(
                .outage(
                    subject, "it is compacted: tiles of one job replace one another",
                    do: command("cleanup.policy", "delete")))
        }
        return findings
    }
}
