import Foundation
import TileCore

/// A worker in the API's form.
struct WorkerView: Encodable, Sendable {
    /// `openapi.yaml` explains the values.
    enum Status: String, Encodable, CaseIterable, Sendable { case online, draining, offline }

    let workerID: String
    let host: String
    let pid: Int
    let status: Status
    let lastHeartbeat: Date
    let slots: Int
    let tilesDone: Int
    let tilesPerSecond: Double
    /// The most recent rates, oldest first.
    let rates: [Double]
    let partitions: [Int]

    enum CodingKeys: String, CodingKey {
        case host, pid, status, slots, partitions
        case workerID = "worker_id"
        case lastHeartbeat = "last_heartbeat"
        case tilesDone = "tiles_done"
        case tilesPerSecond = "tiles_per_s"
        case rates = "tiles_per_s_history"
    }

    /// Uses the worker's heartbeat if one came since the master's start, or else the database.
    init(_ record: WorkerRecord, live: WorkerState?) {
        workerID = record.workerID
        host = live?.heartbeat.host ?? record.host
        pid = live?.heartbeat.pid ?? record.pid
        status = Self.status(live)
        lastHeartbeat = live?.date ?? record.lastHeartbeat
        slots = live?.heartbeat.slots ?? record.slots
        tilesDone = live?.heartbeat.tilesDone ?? record.tilesDone
        tilesPerSecond = Self.rounded(live?.rate ?? 0)
        rates = (live?.rates ?? []).map(Self.rounded)
        partitions = live?.isOnline == true ? live?.heartbeat.partitions ?? [] : []
    }

    private static func status(_ worker: WorkerState?) -> Status {
        guard let worker, worker.isOnline else { return .offline }
        return worker.isDraining ? .draining : .online
    }

    private static func rounded(_ rate: Double) -> Double { (rate * 100).rounded() / 100 }
}

struct WorkerList: Encodable, Sendable { let workers: [WorkerView] }

/// The catalogue of transforms in the API's form.
struct TransformView: Encodable, Sendable {
    struct Parameter: Encodable {
        let name: String
        let title: String
        let type: String
        let `default`: Double
        let minimum: Double
        let maximum: Double
        let summary: String
    }

    let name: String
    let title: String
    let summary: String
    let exact: Bool
    let parameters: [Parameter]

    init(_ descriptor: TransformDescriptor) {
        name = descriptor.name
        title = descriptor.title
        summary = descriptor.summary
        exact = descriptor.isExact
        parameters = descriptor.parameters.map {
            Parameter(
                name: $0.name, title: $0.title, type: $0.kind.rawValue, default: $0.defaultValue,
                minimum: $0.range.lowerBound, maximum: $0.range.upperBound, summary: $0.summary)
        }
    }
}

struct TransformList: Encodable, Sendable { let transforms: [TransformView] }

/// Counts for the dashboard. Event counts start with the master.
struct StatisticsView: Encodable, Sendable {
    struct Tiles: Encodable {
        let sent: Int
        let completed: Int
        let reissued: Int
        let retried: Int
        let backups: Int
        let sendFailures: Int
        let givenUp: Int
        let perSecond: Double

        enum CodingKeys: String, CodingKey {
            case sent, completed, reissued, retried, backups
            case sendFailures = "send_failures"
            case givenUp = "given_up"
            case perSecond = "per_s"
        }
    }

    struct Queue: Encodable {
        let activeJobs: Int
        let waitingTiles: Int
        let tilesInFlight: Int
        let windowTiles: Int
        let bytesInFlight: Int

        enum CodingKeys: String, CodingKey {
            case activeJobs = "active_jobs"
            case waitingTiles = "waiting_tiles"
            case tilesInFlight = "tiles_in_flight"
            case windowTiles = "window_tiles"
            case bytesInFlight = "bytes_in_flight"
        }
    }

    struct Workers: Encodable {
        let online: Int
        let slots: Int
        let lost: Int
    }

    struct Kafka: Encodable {
        let partitions: Int
        let rebalances: Int
        let reconnects: Int
    }

    struct Storage: Encodable {
        let sourceBytes: Int
        let resultBytes: Int

        enum CodingKeys: String, CodingKey {
            case sourceBytes = "source_bytes"
            case resultBytes = "result_bytes"
        }
    }

    struct Stage: Encodable {
        let count: Int
        let bytes: Int
        let wallSeconds: Double
        let cpuSeconds: Double?

        enum CodingKeys: String, CodingKey {
            case count, bytes
            case wallSeconds = "wall_s"
            case cpuSeconds = "cpu_s"
        }

        init(_ use: StageMeter.Use) {
            count = use.count
            bytes = use.bytes
            wallSeconds = use.wall / .seconds(1)
            cpuSeconds = use.cpu.map { $0 / .seconds(1) }
        }
    }

    let jobs: [String: Int]
    let tiles: Tiles
    let queue: Queue
    let workers: Workers
    let kafka: Kafka
    let storage: Storage
    let stages: [String: Stage]
    let droppedResults: [String: Int]
    let deadLetters: Int
    let deadLettersLost: Int
    var uptimeSeconds: Double

    enum CodingKeys: String, CodingKey {
        case jobs, tiles, queue, workers, kafka, storage, stages
        case droppedResults = "dropped_results"
        case deadLetters = "dead_letters"
        case deadLettersLost = "dead_letters_lost"
        case uptimeSeconds = "uptime_s"
    }
}
