import Testing

@testable import TileCore

/// Checks of topics and of required rights.
@Suite struct TopicChecksTests {
    private let topics = TopicNames()
    private var tasks: KafkaTopicSpecification { topics.specifications[0] }

    private func state(
        _ state: KafkaInquiry.TopicState?, isMaster: Bool = true, brokers: Int = 1, mayCreate: KafkaRight.Answer? = nil
    ) -> Finding {
        TopicChecks.state(tasks, state, isMaster: isMaster, brokers: brokers, mayCreate: mayCreate) { "grant \($0)" }
    }

    @Test func aMasterCreatesAMissingTopic() {
        for missing in [nil, KafkaInquiry.TopicState.missing] {
            #expect(state(missing).verdict == .ok)
            #expect(state(missing, mayCreate: .granted).verdict == .ok)
            #expect(state(missing, mayCreate: .denied).remedy == "grant Create on topic tasks")
            #expect(state(missing, isMaster: false).verdict == .outage)
        }
    }

    @Test func aTopicThatIsThere() {
        #expect(state(.there(partitions: 4, leaderless: 0, replicas: 1)).verdict == .ok)
        #expect(state(.there(partitions: 4, leaderless: 0, replicas: 1), brokers: 3).verdict == .warning)
        #expect(state(.there(partitions: 4, leaderless: 0, replicas: 3), brokers: 3).verdict == .ok)
        #expect(state(.there(partitions: 4, leaderless: 2, replicas: 3), brokers: 3).verdict == .outage)
        #expect(state(.forbidden).remedy == "grant Describe on topic tasks")
        #expect(state(.other(reason: "broken")).text == "broken")
    }

    @Test func aResultNeedsThePartitionOfItsTask() {
        #expect(TopicChecks.partitions(tasks: 2, results: 2, topics) == nil)
        #expect(TopicChecks.partitions(tasks: 2, results: 4, topics) == nil)
        #expect(
            TopicChecks.partitions(tasks: 4, results: 2, topics)?.remedy?.hasSuffix("--topic results --partitions 4")
                == true)
    }

    @Test(
        arguments: [
            ([:], []), (["max.message.bytes": "16777216", "retention.ms": "3600000", "cleanup.policy": "delete"], []),
            (["max.message.bytes": "1048588"], [Finding.Verdict.outage]), (["retention.ms": "60000"], [.warning]),
            (["retention.ms": "-1"], []), (["cleanup.policy": "compact,delete"], [.outage]),
        ] as [([String: String], [Finding.Verdict])])
    func settings(_ settings: [String: String], _ verdicts: [Finding.Verdict]) {
        #expect(TopicChecks.settings(tasks, settings).map(\.verdict) == verdicts)
    }

    @Test(arguments: [
        (KafkaError(.authorization, "no"), KafkaRight.Answer.denied),
        (KafkaError(.timedOut, "late"), .unknown(reason: "late")),
        (KafkaError(.unsupported, "what?"), .unknown(reason: "what?")),
        // An error of librdkafka itself.
        (KafkaError(.other, "strange"), .unknown(reason: "strange")),
    ]) func errorsThatSayNothingOfARight(_ error: KafkaError, _ answer: KafkaRight.Answer) {
        #expect(KafkaTrials.meaning(of: error) == answer)
    }

    @Test func aMissingRightComesWithItsCommand() {
        let configuration = KafkaConfiguration(brokers: "k:9092", properties: ["sasl.username": "tile"])
        let required = RequiredRight(.commit(group: "g", topic: "t"))
        let finding = required.finding(.denied) { RequiredRight.command($0, configuration) }
        #expect(
            finding.line
                == "FAILED   right Read of group g: denied; to fix it: kafka-acls.sh --bootstrap-server k:9092 "
                + "--command-config ADMIN.properties --add --allow-principal User:tile --operation Read --group g")
        #expect(required.finding(.granted) { _ in "" }.verdict == .ok)
        #expect(required.finding(.unknown(reason: "late")) { _ in "" }.verdict == .warning)
        let wish = RequiredRight(.alter(topic: "t"), orElse: "it stays small")
        #expect(
            wish.finding(.denied) { _ in "do" }.line
                == "warning  right Alter on topic t: denied: it stays small; to fix it: do")
    }
}
