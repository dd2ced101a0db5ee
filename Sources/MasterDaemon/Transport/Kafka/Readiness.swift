import Logging
import ServiceLifecycle
import Synchronization
import TileCore

/// Whether jobs can be done at the moment: asks the cluster every few seconds and the database at each question.
final class Readiness: Service {
    private let admin: KafkaAdmin
    private let store: Store
    private let topics: TopicNames
    private let kafkaTrouble = Mutex<String?>("the cluster has not answered yet")

    init(admin: KafkaAdmin, store: Store, topics: TopicNames) {
        self.admin = admin
        self.store = store
        self.topics = topics
    }

    func run() async throws {
        repeat {
            let trouble = await ask()
            kafkaTrouble.withLock { $0 = trouble }
        } while (try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(3)) }) != nil
    }

    /// `nil` where everything is in reach.
    func reasonNotReady() async -> String? {
        if let trouble = kafkaTrouble.withLock({ $0 }) { return trouble }
        do {
            try await store.isReachable()
            return nil
        } catch {
            return "the database is out of reach: \(error)"
        }
    }

    private func ask() async -> String? {
        do {
            let found = try await admin.partitionCounts()
            let missing = topics.specifications.map(\.name).filter { found[$0] == nil }
            return missing.isEmpty ? nil : "topics are missing: \(missing.joined(separator: ", "))"
        } catch {
            return error.reason
        }
    }
}
