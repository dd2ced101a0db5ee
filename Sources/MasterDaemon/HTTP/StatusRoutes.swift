import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import TileCore

/// What the master knows of itself, its workers and its cluster.
struct StatusRoutes: Sendable {
    let service: JobService
    let fleet: FleetMonitor
    let deadLetters: DeadLetterSender
    let readiness: Readiness
    let cluster: ClusterDescription
    private let start = ContinuousClock.now

    init(
        service: JobService, fleet: FleetMonitor, deadLetters: DeadLetterSender, readiness: Readiness,
        cluster: ClusterDescription
    ) {
        self.service = service
        self.fleet = fleet
        self.deadLetters = deadLetters
        self.readiness = readiness
        self.cluster = cluster
    }

    func add(to api: RouterGroup<some RequestContext>) {
        api.get("workers") { _, _ in try await workers() }
        api.get("transforms") { _, _ in
            JSONBody.response(TransformList(transforms: TransformCatalogue.descriptors.map(TransformView.init)))
        }
        api.get("statistics") { _, _ in try await statistics() }
        api.get("sample") { _, _ in
            let bytes = try await service.sample()
            var headers = HTTPFields()
            headers[.contentType] = "image/jpeg"
            headers[.cacheControl] = "max-age=86400"
            return Response(
                status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        }
        api.get("cluster") { _, _ in JSONBody.response(cluster) }
    }

    func addProbes(to router: Router<some RequestContext>) {
        router.get("livez") { _, _ in JSONBody.response(["status": "ok"]) }
        router.get("readyz") { _, _ in
            if let reason = await readiness.reasonNotReady() { throw ServiceError(.notReady, reason) }
            return JSONBody.response(["status": "ok"])
        }
    }

    private func workers() async throws -> Response {
        let live = Dictionary(uniqueKeysWithValues: fleet.workers.map { ($0.heartbeat.worker, $0) })
        let records = try await service.store.workers()
        return JSONBody.response(WorkerList(workers: records.map { WorkerView($0, live: live[$0.workerID]) }))
    }

    private func statistics() async throws -> Response {
        let jobs = try await service.store.jobCounts()
        let counts = await service.dispatcher.statistics
        let queue = await service.dispatcher.queue
        let online = fleet.workers.filter(\.isOnline)
        return JSONBody.response(
            StatisticsView(
                jobs: Dictionary(uniqueKeysWithValues: JobStatus.allCases.map { ($0.rawValue, jobs[$0] ?? 0) }),
                tiles: StatisticsView.Tiles(
                    sent: counts.sent, completed: counts.completed.total, reissued: counts.reissues,
                    retried: counts.retries, givenUp: counts.failures, perSecond: await service.dispatcher.rate),
                queue: StatisticsView.Queue(
                    activeJobs: queue.activeJobs, waitingTiles: queue.waiting, tilesInFlight: queue.inFlight,
                    windowTiles: queue.windowTiles, bytesInFlight: queue.outstandingBytes),
                workers: StatisticsView.Workers(
                    online: online.count, slots: online.reduce(0) { $0 + $1.heartbeat.slots }),
                droppedResults: Dictionary(
                    uniqueKeysWithValues: Scheduler.Drop.allCases.map { ($0.rawValue, counts.drops[$0] ?? 0) }),
                deadLetters: deadLetters.count,
                uptimeSeconds: (ContinuousClock.now - start) / .seconds(1)))
    }
}
