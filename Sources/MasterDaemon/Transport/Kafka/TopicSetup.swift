import Logging
import TileCore

/// Creates missing topics, checks existing ones, and adds partitions to the topic of results if it has too few.
struct TopicSetup: Sendable {
    struct Row: Sendable {
        let name: String
        let partitions: Int
        let recordBytes: Int?
        let retentionMilliseconds: Int?
        let isNew: Bool
    }

    struct Result: Sendable {
        let rows: [Row]
        let partitions: TilePartitions
    }

    let admin: KafkaAdmin
    let topics: TopicNames
    let logger: Logger

    /// - Throws: `ServiceError` if a topic cannot take the largest tile, with the command that fixes it.
    func ensure() async throws -> Result {
        let before = try await admin.partitionCounts()
        for topic in topics.specifications where before[topic.name] == nil {
            try await admin.create(topic)
            logger.notice("topic created", metadata: [LogKey.topic: "\(topic.name)"])
        }
        var after = try await partitionsOnceVisible(before)
        if let tiles = after[topics.tasks], let results = after[topics.results], results < tiles {
            after[topics.results] = try await growResults(from: results, to: tiles)
        }
        var rows: [Row] = []
        var tellsSettings = true
        for topic in topics.specifications {
            let settings = tellsSettings ? try await settings(of: topic) : nil
            tellsSettings = settings != nil
            rows.append(
                try check(
                    topic, settings ?? [:], partitions: after[topic.name] ?? 0, isNew: before[topic.name] == nil))
        }
        return Result(
            rows: rows,
            partitions: TilePartitions(tasks: after[topics.tasks] ?? 0, results: after[topics.results] ?? 0))
    }

    /// The command by which an administrator adds partitions.
    static func growing(_ topic: String, to partitions: Int) -> String {
        "kafka-topics.sh --bootstrap-server HOST:PORT --alter --topic \(topic) --partitions \(partitions)"
    }

    /// Adds partitions to the topic of results, after another master or a person has added some to `tasks`.
    private func growResults(from results: Int, to tiles: Int) async throws -> Int {
        do {
            try await admin.grow(topics.results, to: tiles)
        } catch {
            throw ServiceError(
                .startup,
                "topic \(topics.results) has \(results) partitions and \(topics.tasks) has \(tiles); a result takes "
                    + "the partition of its task, and this master may not add partitions "
                    + "(\(error.reason)). Fix it with: \(Self.growing(topics.results, to: tiles))")
        }
        let counts = try await partitionCounts(
            "topic \(topics.results): the cluster's metadata does not show the new partitions after 10 s"
        ) { $0[topics.results, default: 0] >= tiles }
        let now = counts[topics.results] ?? 0
        logger.notice("topic has \(now) partitions now", metadata: [LogKey.topic: "\(topics.results)"])
        return now
    }

    /// The partitions of all topics, once the cluster shows the new topics.
    private func partitionsOnceVisible(_ before: [String: Int]) async throws -> [String: Int] {
        guard topics.specifications.contains(where: { before[$0.name] == nil }) else { return before }
        return try await partitionCounts("topics created, but missing in the cluster's metadata after 10 s") { now in
            topics.specifications.allSatisfy { now[$0.name, default: 0] > 0 }
        }
    }

    /// Asks for the partitions of all topics until `isShown`, because brokers learn of changes one after the other.
    private func partitionCounts(
        _ failure: String, once isShown: ([String: Int]) -> Bool
    ) async throws -> [String: Int] {
        for _ in 0..<50 {
            let now = try await admin.partitionCounts()
            if isShown(now) { return now }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw ServiceError(.startup, failure)
    }

    /// The settings of a topic; `nil` if this master has no right to read them, or the cluster does not support it. Then a
    /// limit that is too low shows only with the first tile that is too large.
    private func settings(of topic: KafkaTopicSpecification) async throws -> [String: String]? {
        do {
            return try await admin.settings(ofTopic: topic.name)
        } catch {
            guard error.code == .unsupported || error.code == .authorization || error.code == .timedOut else {
                throw error
            }
            logger.notice(
                "topic settings cannot be read, so they are not checked",
                metadata: [LogKey.reason: "\(error.reason)"])
            return nil
        }
    }

    private func check(
        _ topic: KafkaTopicSpecification, _ settings: [String: String], partitions: Int, isNew: Bool
    ) throws -> Row {
        let recordBytes = settings["max.message.bytes"].flatMap { Int($0) }
        if let wanted = topic.settings["max.message.bytes"].flatMap({ Int($0) }), let recordBytes,
            recordBytes < wanted
        {
            throw ServiceError(
                .startup,
                "topic \(topic.name) takes records of \(recordBytes) bytes, tiles may have \(wanted). Fix it with: "
                    + "kafka-configs.sh --bootstrap-server HOST:PORT --alter --entity-type topics --entity-name "
                    + "\(topic.name) --add-config max.message.bytes=\(wanted)")
        }
        return Row(
            name: topic.name, partitions: partitions, recordBytes: recordBytes,
            retentionMilliseconds: settings["retention.ms"].flatMap { Int($0) }, isNew: isNew)
    }
}

/// The numbers of partitions of the topics of tiles.
struct TilePartitions: Sendable {
    let tasks: Int
    let results: Int

    /// The number of partitions that can be used, because each partition of tasks needs one of the same number for results.
    var usable: Int { min(tasks, results) }
}
