import Foundation
import TileCore

/// A job's events, oldest first.
struct TimelineView: Encodable, Sendable {
    struct Event: Encodable {
        /// A tile: its pass, row and column, from 1.
        struct Tile: Encodable {
            let pass: Int
            let row: Int
            let column: Int
        }

        let at: Date
        let kind: JobEventRecord.Kind
        let tile: Tile?
        let attempt: Int?
        let worker: String?
        let reason: String?
    }

    let jobID: JobID
    let events: [Event]

    enum CodingKeys: String, CodingKey {
        case events
        case jobID = "job_id"
    }

    init(_ job: JobRecord, _ events: [JobEventRecord]) {
        jobID = job.jobID
        let grid = TileGrid(image: job.size, tileSize: job.tileSize)
        // Events of runs are stored in batches, so they may be stored after events that happened later.
        self.events = events.sorted { ($0.at, $0.eventID ?? 0) < ($1.at, $1.eventID ?? 0) }.map { event in
            let name = event.position.map {
                TileName(TileID(job: job.jobID, pass: event.pass ?? 0, index: $0), in: grid)
            }
            return Event(
                at: event.at, kind: event.kind,
                tile: name.map { Event.Tile(pass: $0.pass, row: $0.row, column: $0.column) }, attempt: event.attempt,
                worker: event.workerID, reason: event.reason)
        }
    }
}
