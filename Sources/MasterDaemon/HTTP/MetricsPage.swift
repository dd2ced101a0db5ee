import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import TileCore

/// `GET /metrics` for Prometheus: counted events and current values.
struct MetricsPage: Sendable {
    let sources: MetricsSources
    let views: ViewMaker

    func add(to routes: GuardedRoutes) {
        routes.get("metrics", for: .viewer) { _, _ in
            var headers = HTTPFields()
            headers[.contentType] = MetricFamily.contentType
            headers[.cacheControl] = "no-store"
            let text = MetricFamily.text(of: try await families())
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
    }

    func families() async throws -> [MetricFamily] {
        let statistics = try await views.statistics()
        let reason = await views.reasonNotReady()
        let oldest = try await views.service.store.oldestUnfinished()
        let root = views.service.files.root.path
        let (disk, process) = try await views.service.disk.run { (DiskFacts(of: root), ProcessFacts()) }
        return [
            MetricFamily(
                "tilework_info", .gauge, "The release, always 1.", by: "version", [TileworkVersion.current: 1]),
            MetricFamily(
                "tilework_ready", .gauge, "1 while jobs can be done, as GET /readyz says.", reason == nil ? 1 : 0),
        ] + Self.families(statistics, oldest: oldest) + Self.workers(views.fleet.workers) + disk.families
            + SourceFamilies.all(sources) + process.families(of: "master") + sources.registry.families()
    }

    private static func families(_ view: StatisticsView, oldest: [JobStatus: Date]) -> [MetricFamily] {
        [
            MetricFamily(
                "tilework_jobs", .gauge, "Jobs that are kept, by status.", by: "status",
                view.jobs.mapValues { Double($0) }),
            MetricFamily(
                "tilework_oldest_job_seconds", .gauge,
                "The age of the oldest unfinished job, by status; 0 if there is none.",
                by: "status",
                Dictionary(
                    uniqueKeysWithValues: [JobStatus.pending, .processing].map { status in
                        (status.rawValue, oldest[status].map { max(0, -$0.timeIntervalSinceNow) } ?? 0)
                    })),
            MetricFamily(
                "tilework_queue_tiles_waiting", .gauge, "Tiles of unfinished jobs that wait to be sent.",
                Double(view.queue.waitingTiles)),
            MetricFamily(
                "tilework_queue_tiles_in_flight", .gauge, "Tiles on their way to workers and back.",
                Double(view.queue.tilesInFlight)),
            MetricFamily(
                "tilework_queue_window_tiles", .gauge, "How many tiles may be in flight with the fleet's slots.",
                Double(view.queue.windowTiles)),
            MetricFamily(
                "tilework_queue_bytes_in_flight", .gauge, "Bytes of tiles in flight.", Double(view.queue.bytesInFlight)),
            MetricFamily(
                "tilework_tile_attempts_total", .counter, "Tiles that were sent, every attempt counted.",
                Double(view.tiles.sent)),
            MetricFamily(
                "tilework_tile_repeats_total", .counter,
                "Attempts after the first one, by reason: late, failed, or speculative beside a slow one.",
                by: "reason",
                [
                    "late": Double(view.tiles.reissued), "failed": Double(view.tiles.retried),
                    "speculative": Double(view.tiles.backups),
                ]),
            MetricFamily(
                "tilework_tile_send_failures_total", .counter, "Tiles that could not be handed to the cluster.",
                Double(view.tiles.sendFailures)),
            MetricFamily(
                "tilework_tiles_completed_total", .counter, "Tiles that came back and were accepted.",
                Double(view.tiles.completed)),
            MetricFamily(
                "tilework_tiles_failed_total", .counter, "Tiles that failed permanently, and their job with them.",
                Double(view.tiles.givenUp)),
            MetricFamily(
                "tilework_results_dropped_total", .counter, "Results that were dropped, by reason.", by: "reason",
                view.droppedResults.mapValues { Double($0) }),
            MetricFamily(
                "tilework_dead_letters_total", .counter, "Records that could not be read and were dead-lettered.",
                Double(view.deadLetters)),
            MetricFamily(
                "tilework_dead_letters_lost_total", .counter,
                "Dead letters that were lost, because they could not be written.",
                Double(view.deadLettersLost)),
            MetricFamily(
                "tilework_workers_online", .gauge, "Workers that send heartbeats.", Double(view.workers.online)),
            MetricFamily(
                "tilework_worker_slots", .gauge, "Tiles that the workers online work on at once.",
                Double(view.workers.slots)),
            MetricFamily(
                "tilework_workers_lost_total", .counter, "Workers that were lost without having left.",
                Double(view.workers.lost)),
            MetricFamily(
                "tilework_kafka_partitions", .gauge, "Partitions that tiles go to.", Double(view.kafka.partitions)),
            MetricFamily(
                "tilework_kafka_rebalances_total", .counter, "Times that workers were given other partitions.",
                Double(view.kafka.rebalances)),
            MetricFamily(
                "tilework_kafka_reconnects_total", .counter, "Times that the cluster answered again after it did not.",
                Double(view.kafka.reconnects)),
            MetricFamily(
                "tilework_stored_bytes", .gauge, "Bytes of the files of jobs, by kind.", by: "kind",
                ["sources": Double(view.storage.sourceBytes), "results": Double(view.storage.resultBytes)]),
            MetricFamily(
                "tilework_stage_cpu_seconds_total", .counter, "Processor time of each stage.", by: "stage",
                view.stages.compactMapValues(\.cpuSeconds)),
            MetricFamily(
                "tilework_stage_pixel_bytes_total", .counter, "Bytes of raw pixels that went through each stage.",
                by: "stage", view.stages.mapValues { Double($0.bytes) }),
        ]
    }

    private static func workers(_ workers: [WorkerState]) -> [MetricFamily] {
        func each(_ value: (WorkerState) -> Double) -> [String: Double] {
            Dictionary(workers.map { ($0.heartbeat.worker, value($0)) }) { $1 }
        }
        return [
            MetricFamily(
                "tilework_worker_online", .gauge, "1 for a worker that sends heartbeats, 0 for one that is away.",
                by: "worker", each { $0.isOnline ? 1 : 0 }),
            MetricFamily(
                "tilework_worker_tiles_total", .counter, "Tiles that a worker has transformed since its start.",
                by: "worker",
                each { Double($0.heartbeat.tilesDone) }),
            MetricFamily(
                "tilework_worker_partitions", .gauge, "Partitions that a worker has.", by: "worker",
                each { Double($0.heartbeat.partitions.count) }),
        ]
    }
}
