import Foundation
import TileCore

/// A Kafka cluster whose topics can grow: `Tools/kafka_proxy.py` in front of a cluster that has all partitions already.
struct KafkaProxy: Sendable {
    struct State: Decodable, Sendable {
        /// The number of partitions that clients see, by topic.
        let partitions: [String: Int]
        /// How many requests of each kind the proxy has answered, for example of the kind `create_partitions`.
        let answered: [String: Int]
        /// The number of held answers to commits.
        let held: Int
    }

    /// The options for masters and workers.
    let arguments: [String]
    private let control: API

    fileprivate init(brokers: String, control: URL, properties: [String: String]) {
        arguments = ["--brokers", brokers] + properties.flatMap { ["--kafka-config", "\($0.key)=\($0.value)"] }
        self.control = API(base: control)
    }

    func state() async throws -> State { try await control.get("/state").decoded() }

    /// Sends one of the orders that `Tools/kafka_proxy.py` describes, for example `down` or `grow?tasks=4`.
    func order(_ order: String) async throws {
        let answer = try await control.request("POST", "/\(order)")
        guard answer.status == 200 else { throw BenchError("\(order): \(answer.text)") }
    }
}

extension Workbench {
    /// - Parameter partitions: the number of visible partitions of each topic at first.
    func startProxy(before cluster: TestCluster, showing partitions: [String: Int]) async throws -> KafkaProxy {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Tools/kafka_proxy.py").path
        let process = try await start(
            "/usr/bin/python3", [script, cluster.configuration.brokers] + partitions.map { "\($0.key)=\($0.value)" },
            name: "proxy")
        return try await eventually("the proxy is ready", within: 30) {
            if process.hasEnded { throw BenchError("the proxy has ended: \(process.errorOutput)") }
            guard process.output.hasSuffix("\n") else { return nil }
            let ports = try JSONDecoder().decode(Ports.self, from: Data(process.output.utf8))
            return KafkaProxy(
                brokers: ports.brokers, control: ports.control, properties: cluster.configuration.clientProperties)
        }
    }
}

/// The proxy's ports, which it prints when it is ready.
private struct Ports: Decodable {
    let brokers: String
    let control: URL
}
