import Logging
import ServiceLifecycle
import Synchronization
import TileCore

/// Reads the lags of the workers' group and of this master every 10 seconds, so that a scrape never waits for the
/// cluster. Lags that cannot be read are left out.
final class LagMonitor: Service {
    private struct Source {
        let topic: String
        let group: String
        let reader: KafkaLagReader
    }

    private static let pause = Duration.seconds(10)

    private let sources: [Source]
    private let logger: Logger
    private let state = Mutex<[MetricsSources.Lag]>([])

    /// - Throws: if a Kafka property is unknown.
    init(_ configuration: KafkaConfiguration, topics: TopicNames, logger: Logger) throws(KafkaError) {
        self.logger = logger
        var sources: [Source] = []
        for (topic, group) in [
            (topics.tasks, TopicNames.workerGroup), (topics.results, topics.resultsGroup),
        ] {
            sources.append(
                Source(topic: topic, group: group, reader: try KafkaLagReader(configuration, group: group)))
        }
        self.sources = sources
    }

    /// The lags as of the last reading.
    var lags: [MetricsSources.Lag] { state.withLock { $0 } }

    func run() async throws {
        // An unstructured task, because a request to the cluster cannot be cancelled.
        let work = Task { await self.watch() }
        try? await gracefulShutdown()
        work.cancel()
    }

    private func watch() async {
        /// The groups whose errors were logged already.
        var logged: Set<String> = []
        repeat {
            var lags: [MetricsSources.Lag] = []
            for source in sources {
                do throws(KafkaError) {
                    let records = try await source.reader.lag(of: source.topic)
                    lags.append(.init(topic: source.topic, group: source.group, records: records))
                    logged.remove(source.group)
                } catch {
                    guard logged.insert(source.group).inserted, !Task.isCancelled else { continue }
                    // Not a warning: only metrics need the lag, and outages of the cluster are logged elsewhere.
                    logger.info(
                        "consumer group lag cannot be read; it is missing in GET /metrics",
                        metadata: [LogKey.topic: "\(source.topic)", LogKey.reason: "\(error.reason)"])
                }
            }
            state.withLock { [lags] in $0 = lags }
        } while (try? await Task.sleep(for: Self.pause)) != nil
    }
}
