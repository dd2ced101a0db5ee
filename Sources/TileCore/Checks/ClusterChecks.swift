internal import Foundation
internal import Logging

/// Checks what a daemon needs of its cluster: each broker, the credentials, the topics, and each right.
public struct ClusterChecks: Sendable {
    public enum Role: Sendable, Hashable {
        case master
        case worker
    }

    /// Seconds to wait for a broker's answer.
    private static let patience = 6.0

    let configuration: KafkaConfiguration
    let topics: TopicNames
    let role: Role

    public init(_ configuration: KafkaConfiguration, topics: TopicNames, role: Role) {
        self.configuration = configuration
        self.topics = topics
        self.role = role
    }

    public var checks: [Check] { [Check { await findings() }] }

    private var mute: Logger { Logger(label: "check") { _ in SwiftLogNoOpLogHandler() } }

    private func findings() async -> [Finding] {
        let named = configuration.brokers.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        var findings = await reach(named.filter { !$0.isEmpty }, as: nil)
        if let fault = findings.first(where: { $0.verdict == .fault }) { return [fault] }
        guard findings.contains(where: { $0.verdict == .ok }) else {
            return findings + [.outage("topics and rights", "not checked, because no broker answers")]
        }
        let answer: KafkaInquiry.Answer
        do throws(KafkaError) {
            answer = try await KafkaInquiry(configuration, topics: topics.specifications.map(\.name))
                .ask(within: Self.patience)
        } catch {
            return findings + [.outage("topics", error.reason)]
        }
        let others = answer.brokers.map(\.address).filter { !named.contains($0) }
        findings += await reach(
            others, as: "advertised.listeners has another name or address, or a firewall is between")
        guard answer.hasController else {
            findings += topics.specifications.map { state($0, answer, mayCreate: nil) }
            return findings + [
                .warning(
                    "settings and rights",
                    "not checked: the cluster has no controller, like a master's embedded broker")
            ]
        }
        return findings + (await topicsAndRights(answer))
    }

    /// Checks each broker separately.
    /// - Parameter cause: why a broker that the cluster names may be out of reach; `nil` for brokers from `--brokers`.
    private func reach(_ brokers: [String], as cause: String?) async -> [Finding] {
        await withTaskGroup(of: (Int, Finding).self) { group in
            for (index, broker) in brokers.enumerated() {
                group.addTask { (index, await reach(broker, cause)) }
            }
            var findings: [(Int, Finding)] = []
            for await finding in group { findings.append(finding) }
            return findings.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func reach(_ broker: String, _ cause: String?) async -> Finding {
        let subject = "broker \(broker)"
        var alone = configuration
        alone["bootstrap.servers"] = broker
        do throws(KafkaError) {
            _ = try await KafkaInquiry(alone, topics: []).ask(within: Self.patience)
            return .ok(subject, cause == nil ? "it answers" : "it answers; the cluster names it")
        } catch {
            switch error.code {
            case .configuration: return .fault("--kafka-config", error.reason)
            case .authentication:
                return .outage(
                    subject, "it refuses the credentials: \(error.reason)",
                    do: "check sasl.* and security.protocol in --kafka-config, or the user on the cluster")
            default:
                let advice = cause.map { "the cluster gives this address; \($0)" }
                return .outage(
                    subject, error.reason,
                    do: advice ?? "start it, or check --brokers, the network and security.protocol")
            }
        }
    }

    private func state(
        _ topic: KafkaTopicSpecification, _ answer: KafkaInquiry.Answer, mayCreate: KafkaRight.Answer?
    ) -> Finding {
        TopicChecks.state(
            topic, answer.topics[topic.name], isMaster: role == .master, brokers: answer.brokers.count,
            mayCreate: mayCreate
        ) { RequiredRight.command($0, configuration) }
    }

    private func topicsAndRights(_ answer: KafkaInquiry.Answer) async -> [Finding] {
        let trials: KafkaTrials
        do throws(KafkaError) {
            trials = try KafkaTrials(configuration, timeout: Self.patience, logger: mute)
        } catch {
            return [.outage("rights", error.reason)]
        }
        var findings: [Finding] = []
        var counts: [String: Int] = [:]
        for topic in topics.specifications {
            if case .there(let partitions, _, _) = answer.topics[topic.name] { counts[topic.name] = partitions }
            let isMissing = answer.topics[topic.name].map { $0 == .missing } ?? true
            let mayCreate = isMissing && role == .master ? await trials.answer(.create(topic: topic.name)) : nil
            findings.append(state(topic, answer, mayCreate: mayCreate))
            if role == .master, counts[topic.name] != nil { findings += await settings(of: topic, trials) }
        }
        if let tasks = counts[topics.tasks], let results = counts[topics.results],
            let finding = TopicChecks.partitions(tasks: tasks, results: results, topics)
        {
            findings.append(finding)
        }
        let rights = role == .master ? RequiredRight.master(topics) : RequiredRight.worker(topics)
        // Rights on missing or invisible topics are skipped, because these topics have a finding already.
        for required in rights where required.right.topic.map({ counts[$0] != nil }) ?? true {
            let answer = await trials.answer(required.right)
            findings.append(required.finding(answer) { RequiredRight.command($0, configuration) })
        }
        return findings
    }

    private func settings(of topic: KafkaTopicSpecification, _ trials: KafkaTrials) async -> [Finding] {
        let subject = "topic \(topic.name)"
        do throws(KafkaError) {
            return TopicChecks.settings(topic, try await trials.settings(of: topic.name))
        } catch {
            let right = KafkaRight.describeConfigs(topic: topic.name)
            guard error.code == .authorization else {
                return [.warning(subject, "its settings cannot be read: \(error.reason)")]
            }
            return [
                .warning(
                    subject, "its settings cannot be read: the right \(right.operation) is denied",
                    do: RequiredRight.command(right, configuration))
            ]
        }
    }
}
