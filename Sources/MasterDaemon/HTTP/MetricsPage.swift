import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import TileCore

/// `GET /metrics`, for Prometheus: what was counted, and what the master knows at the moment.
struct MetricsPage: Sendable {
    let registry: MetricsRegistry
    let views: ViewMaker
    /// How many are open.
    let connections: @Sendable () -> Int

    func add(to routes: GuardedRoutes) {
        routes.get("metrics", for: .viewer) { _, _ in
            var headers = HTTPFields()
            headers[.contentType] = MetricFamily.contentType
            headers[.cacheControl] = "no-store"
            let text = try await families().map(\.text).joined()
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
    }

    func families() async throws -> [MetricFamily] {
        let statistics = try await views.statistics()
        let reason = await views.reasonNotReady()
        let oldest = try await views.service.store.oldestUnfinished()
        let root = views.service.files.root.path
        let system = try await views.service.disk.run { SystemFacts(of: root) }
        return [
            MetricFamily(
                "tilework_info", .gauge, "The release, always 1.", by: "version", [TileworkVersion.current: 1]),
            MetricFamily(
                "tilework_ready", .gauge, "1 while jobs can be done, as GET /readyz says.", reason == nil ? 1 : 0),
            MetricFamily(
                "tilework_oldest_unfinished_job_seconds", .gauge,
                "How long ago the oldest job was sent that is not finished; 0 if there is none.",
                oldest.map { max(0, -$0.timeIntervalSinceNow) } ?? 0),
        ] + Self.families(statistics) + Self.workers(views.fleet.workers) + Self.families(system)
            + [
                MetricFamily(
                    "tilework_http_connections", .gauge, "Connections that are open.", Double(connections()))
            ] + registry.families()
    }

    private static func families(_ view: StatisticsView) -> [MetricFamily] {
        [
            MetricFamily(
                "tilework_jobs", .gauge, "Jobs that are kept, by status.", by: "status",
                view.jobs.mapValues { Double($0) }),
            MetricFamily(
                "tilework_queue_tiles_waiting", .gauge, "Tiles of unfinished jobs that wait to be sent.",
                Double(view.queue.waitingTiles)),
            MetricFamily(
                "tilework_queue_tiles_in_flight", .gauge, "Tiles on their way to workers and back.",
                Double(view.queue.tilesInFlight)),
            MetricFamily(
                "tilework_queue_window_tiles", .gauge, "How many tiles may be in flight, by the fleet's slots.",
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
                "tilework_tiles_failed_total", .counter, "Tiles that failed for good, and their job with them.",
                Double(view.tiles.givenUp)),
            MetricFamily(
                "tilework_results_dropped_total", .counter, "Results that nobody waited for, by reason.", by: "reason",
                view.droppedResults.mapValues { Double($0) }),
            MetricFamily(
                "tilework_dead_letters_total", .counter, "Records that could not be read and were put aside.",
                Double(view.deadLetters)),
            MetricFamily(
                "tilework_dead_letters_lost_total", .counter, "Records that could not even be put aside.",
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
                "tilework_worker_tiles_total", .counter, "Tiles that a worker did since its start.", by: "worker",
                each { Double($0.heartbeat.tilesDone) }),
            MetricFamily(
                "tilework_worker_partitions", .gauge, "Partitions that a worker has.", by: "worker",
                each { Double($0.heartbeat.partitions.count) }),
        ]
    }

    private static func families(_ system: SystemFacts) -> [MetricFamily] {
        [
            MetricFamily(
                "tilework_disk_free_bytes", .gauge, "Space that is left where jobs are kept.", system.freeBytes),
            MetricFamily(
                "tilework_disk_size_bytes", .gauge, "Space of the disk where jobs are kept.", system.diskBytes),
            MetricFamily(
                "process_cpu_seconds_total", .counter, "Processor time of the master, without its codec processes.",
                system.cpuSeconds),
            MetricFamily(
                "process_resident_memory_bytes", .gauge, "Memory of the master, pages of files included.",
                system.residentBytes),
            MetricFamily(
                "process_open_fds", .gauge, "Files and connections that the master has open.", system.openFiles),
            MetricFamily(
                "process_max_fds", .gauge, "How many it may have open.", Double(OpenFileLimit.current)),
            MetricFamily(
                "process_start_time_seconds", .gauge, "When the master was started, in seconds since 1970.",
                system.startTime),
        ]
    }
}

/// What the system knows of this process and of the disk of its jobs. To ask takes a moment.
struct SystemFacts: Sendable {
    /// Ticks of a processor's time in a second; Linux shows no other number to programs (proc(5)).
    private static let ticks = 100.0

    let freeBytes: Double
    let diskBytes: Double
    let cpuSeconds: Double
    let residentBytes: Double
    let openFiles: Double
    let startTime: Double

    init(of folder: String) {
        let disk = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        freeBytes = (disk?[.systemFreeSize] as? NSNumber)?.doubleValue ?? .nan
        diskBytes = (disk?[.systemSize] as? NSNumber)?.doubleValue ?? .nan
        // Behind the program's name, which is in brackets and can have any sign in it.
        let text = (try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8)) ?? ""
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ").map(String.init)
        func field(_ number: Int) -> Double { fields.count > number ? Double(fields[number]) ?? .nan : .nan }
        cpuSeconds = (field(12) + field(13)) / Self.ticks
        let memory = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        residentBytes = (memory?.dropFirst().first.flatMap { Double($0) } ?? .nan) * Double(Self.pageBytes)
        openFiles = Double((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0)
        // Ticks after the machine's start.
        let boot =
            (try? String(contentsOfFile: "/proc/stat", encoding: .utf8))?
            .split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) } ?? .nan
        startTime = boot + field(20) / Self.ticks
    }

    private static var pageBytes: Int { NSPageSize() }
}
