import Foundation
import Logging
import TileCore

/// A master's settings for its cluster and its local workers.
struct ClusterSettings: Sendable {
    /// `nil` for a broker inside the master.
    var brokers: String?
    /// librdkafka's properties; they override Tilework's own.
    var properties: [String: String] = [:]
    var topics = TopicNames()
    /// The most partitions that the topics of tiles grow to with the fleet.
    var maximumPartitions = PartitionGrowth.defaultMaximum
    /// Workers that the master starts on its own host.
    var localWorkers = 0
    /// Whether workers on this machine read and write tiles directly in the canvases.
    var lendsCanvases = true
    var logLevel = Logger.Level.info
    var logFormat = LogOutput.Format.text
    /// Where local workers send their spans; `nil` for no spans.
    var traceEndpoint: URL?
}
