import Foundation
import NIOCore
import TileCore

/// A message of the live channel: a JSON object with a `type`.
enum EventMessage: Encodable, Sendable {
    /// The whole state. It comes first, and again if changes do not suffice.
    case snapshot(Snapshot)
    case job(JobView)
    case jobDeleted(JobID)
    case worker(WorkerView)
    /// A worker was removed from the list, because it was offline for long or an admin removed it.
    case workerForgotten(String)
    case statistics(StatisticsView)
    case tiles(Tiles)

    struct Snapshot: Encodable {
        /// Changes with each build of the pages.
        let version: String
        /// The newest first.
        let jobs: [JobView]
        let workers: [WorkerView]
        let statistics: StatisticsView
        /// The tile map, if the client follows one job.
        let tiles: TileMapView?
    }

    /// The changed tiles of one pass.
    struct Tiles: Encodable {
        struct Tile: Encodable {
            let position: Int
            /// The letter of the state, as in the tile map.
            let state: String
            let worker: String?
            let milliseconds: Double?

            init(_ change: TileChange) {
                position = change.tile.index
                state = TileMapView.letter(change.status, isInFlight: change.status == .processing)
                worker = change.worker
                milliseconds = change.milliseconds.flatMap(TileMapView.shownTime)
            }
        }

        let jobID: JobID
        /// From 1.
        let pass: Int
        let tiles: [Tile]

        enum CodingKeys: String, CodingKey {
            case pass, tiles
            case jobID = "job_id"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case type, job, worker, statistics
        case jobID = "job_id"
        case workerID = "worker_id"
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .snapshot(let snapshot):
            try fields.encode("snapshot", forKey: .type)
            try snapshot.encode(to: encoder)
        case .job(let job):
            try fields.encode("job", forKey: .type)
            try fields.encode(job, forKey: .job)
        case .jobDeleted(let id):
            try fields.encode("job_deleted", forKey: .type)
            try fields.encode(id, forKey: .jobID)
        case .worker(let worker):
            try fields.encode("worker", forKey: .type)
            try fields.encode(worker, forKey: .worker)
        case .workerForgotten(let id):
            try fields.encode("worker_forgotten", forKey: .type)
            try fields.encode(id, forKey: .workerID)
        case .statistics(let statistics):
            try fields.encode("statistics", forKey: .type)
            try fields.encode(statistics, forKey: .statistics)
        case .tiles(let tiles):
            try fields.encode("tiles", forKey: .type)
            try tiles.encode(to: encoder)
        }
    }
}
