import Foundation
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

/// The API's answers conform to their schemas: all fields are described, all described fields occur, and types match.
@Suite struct OpenAPISchemaTests {
    private func text(_ value: some Encodable) async throws -> String {
        try await JSONBody.response(value).bodyText()
    }

    /// Checks values that together have every field of the schema.
    private func expect(_ schema: String, of values: [any Encodable & Sendable]) async throws {
        var check = try SchemaCheck()
        for value in values { try check.check(json: await text(value), against: schema) }
        #expect(check.errors == [])
        #expect(check.unseen() == [])
    }

    private func view(_ status: JobStatus, online: Int) -> JobView {
        var job = JobRecord.sample()
        job.owner = "lab-3"
        job.batch = "monday.2"
        job.quality = 80
        job.options.metadata = .private
        job.options.page = 1
        job.options.background = BackgroundColor(red: 255, green: 204, blue: 0)
        (job.options.progressive, job.options.subsampling) = (true, .full)
        (job.options.level, job.options.compression, job.options.tiled) = (9, .deflate, true)
        job.options.pyramid = true
        job.notes = ["the file has 2 images; page 1 was read, the others were left out"]
        job.move(to: status)
        job.tilesCompleted = 3
        return JobView(job, rate: 1.5, workersOnline: online)
    }

    @Test func jobs() async throws {
        let views = JobStatus.allCases.flatMap { status in [0, 1].map { view(status, online: $0) } }
        try await expect("Job", of: views)
        try await expect(
            "JobList",
            of: [JobList(jobs: views, nextCursor: nil), JobList(jobs: views, nextCursor: JobID.make().rawValue)])
    }

    @Test func keysOfTheMaster() async throws {
        let now = Date.wholeSeconds()
        var ring = KeyRing()
        let secret = try ring.create("lab-3", role: .worker, expiresAt: now + 60, now: now)
        ring.keys[0].lastUsedAt = now
        ring.keys[0].revokedAt = now
        let view = KeyView(ring.keys[0], at: now, secret: secret.text)
        try await expect("Key", of: [view])
        try await expect("KeyList", of: [KeyList(keys: [view, KeyView(ring.keys[0], at: now)])])
    }

    @Test func sessionsOfSomebody() async throws {
        let now = Date.wholeSeconds()
        let session = Sessions.Summary(
            id: Sessions.id(of: "a token"), basis: .key(hash: "x"),
            place: Sessions.Place(address: "10.0.0.1", agent: "Browser/1"), start: now, lastUse: now)
        try await expect("Session", of: [SessionView(session, isCurrent: true)])
        try await expect(
            "SessionList",
            of: [SessionList(sessions: [SessionView(session, isCurrent: false)], mayEndOthers: false)])
    }

    @Test func tileMaps() async throws {
        let job = JobRecord.sample()
        let tiles = TileStatus.allCases.enumerated().map { index, status in
            TileRecord(
                jobID: job.jobID, pass: 0, position: index, x: 0, y: 0, status: status,
                workerID: index == 0 ? "worker-1" : nil, milliseconds: index == 0 ? 11.25 : nil)
        }
        try await expect("TileMap", of: [TileMapView(job, job.plan(), shown: 0, tiles: tiles, inFlight: [1])])
    }

    @Test func timelines() async throws {
        let job = JobRecord.sample()
        let events = JobEventRecord.Kind.allCases.map { kind in
            JobEventRecord(jobID: job.jobID, at: job.createdAt, kind: kind)
        }
        let attempt = AttemptEnd(
            tile: TileID(job: job.jobID, pass: 0, index: 4), kind: .attemptFailed, attempt: 2, worker: "w", reason: "r")
        try await expect("Timeline", of: [TimelineView(job, events + [attempt.record])])
    }

    @Test func workers() async throws {
        let record = WorkerRecord(
            workerID: "w", status: .online, lastHeartbeat: Date(timeIntervalSince1970: 1), host: "h", pid: 1, slots: 1,
            tilesDone: 5)
        var fleet = FleetRegistry()
        _ = fleet.hear(.of("w", partitions: [0, 1]), at: .now, date: Date())
        let online = WorkerView(record, live: fleet.workers["w"]?.state)
        _ = fleet.drain("w")
        let draining = WorkerView(record, live: fleet.workers["w"]?.state)
        try await expect(
            "WorkerList", of: [WorkerList(workers: [WorkerView(record, live: nil), online, draining])])
    }

    @Test func transforms() async throws {
        try await expect(
            "TransformList", of: [TransformList(transforms: TransformCatalogue.descriptors.map(TransformView.init))])
    }

    @Test func limits() async throws {
        try await expect("Limits", of: [LimitsView(IntakeLimits())])
    }

    private var statisticsView: StatisticsView {
        StatisticsView(
            jobs: Dictionary(uniqueKeysWithValues: JobStatus.allCases.map { ($0.rawValue, 1) }),
            tiles: .init(
                sent: 1, completed: 1, reissued: 1, retried: 1, backups: 1, sendFailures: 1, givenUp: 1, perSecond: 0.5),
            queue: .init(activeJobs: 1, waitingTiles: 1, tilesInFlight: 1, windowTiles: 1, bytesInFlight: 1),
            workers: .init(online: 1, slots: 2, lost: 1), kafka: .init(partitions: 2, rebalances: 3, reconnects: 4),
            storage: .init(sourceBytes: 10, resultBytes: 20),
            stages: Dictionary(
                uniqueKeysWithValues: StageMeter.Stage.allCases.map { ($0.rawValue, .init(StageMeter()[$0])) }),
            droppedResults: Dictionary(uniqueKeysWithValues: Scheduler.Drop.allCases.map { ($0.rawValue, 0) }),
            deadLetters: 0, deadLettersLost: 0, uptimeSeconds: 1.5)
    }

    @Test func statistics() async throws { try await expect("Statistics", of: [statisticsView]) }

    @Test func events() async throws {
        let job = JobRecord.sample()
        let view = view(.processing, online: 1)
        var fleet = FleetRegistry()
        _ = fleet.hear(.of("w", partitions: [0]), at: .now, date: Date())
        let record = WorkerRecord(
            workerID: "w", status: .online, lastHeartbeat: Date(), host: "h", pid: 1, slots: 1, tilesDone: 5)
        let worker = WorkerView(record, live: fleet.workers["w"]?.state)
        let tiles = try TileMapView(job, job.plan(), shown: 0, tiles: [], inFlight: [])
        func snapshot(_ tiles: TileMapView?) -> EventMessage {
            .snapshot(.init(version: "1", jobs: [view], workers: [worker], statistics: statisticsView, tiles: tiles))
        }
        let changes = TileStatus.allCases.enumerated().map { index, status in
            TileChange(
                tile: TileID(job: job.jobID, pass: 0, index: index), generation: 0, status: status,
                worker: status == .completed ? "w" : nil, milliseconds: status == .completed ? 1.25 : nil)
        }
        var check = try SchemaCheck()
        for (schema, message) in [
            ("SnapshotEvent", snapshot(nil)), ("SnapshotEvent", snapshot(tiles)), ("JobEvent", .job(view)),
            ("JobDeletedEvent", .jobDeleted(job.jobID)), ("WorkerEvent", .worker(worker)),
            ("WorkerForgottenEvent", .workerForgotten("w")),
            ("StatisticsEvent", .statistics(statisticsView)),
            ("TilesEvent", .tiles(.init(jobID: job.jobID, pass: 1, tiles: changes.map(EventMessage.Tiles.Tile.init)))),
        ] { try check.check(json: await text(message), against: schema) }
        // The tile map has no tiles here, so its `states` is too short. Another test checks tile maps.
        #expect(check.errors.filter { !$0.hasPrefix("TileMap.states") } == [])
        #expect(check.unseen().filter { $0.contains("Event") } == [])
    }

    @Test func clusters() async throws {
        let cluster = ClusterDescription(
            bootstrapServers: "h:1", group: TopicNames.workerGroup, topics: TopicNames(), properties: ["a.b": "c"])
        try await expect("Cluster", of: [cluster])
    }

    @Test func problems() async throws {
        let errors = ServiceError.Code.allCases.map { ServiceError($0, field: "level", "a detail") }
        try await expect("Problem", of: errors.map(Problem.init))
    }

    @Test func liveness() async throws {
        try await expect("Ok", of: [["status": "ok"]])
    }

    // MARK: Lists of names

    /// The values of an enumeration in the description.
    private func allowed(_ path: String...) throws -> Set<String> {
        let check = try SchemaCheck()
        var node = check.at("components", "schemas")
        for name in path { node = (node as? [String: Any])?[name] }
        return Set(try #require((node as? [String: Any])?["enum"] as? [String]))
    }

    @Test func everyNameIsDescribed() throws {
        #expect(try allowed("JobStatus") == Set(JobStatus.allCases.map(\.rawValue)))
        #expect(
            try allowed("WorkerStatus") == Set(WorkerView.Status.allCases.map(\.rawValue)))
        #expect(try allowed("ImageFormat") == Set(ImageFileFormat.allCases.map(\.rawValue)))
        #expect(try allowed("Metadata") == Set(MetadataPolicy.allCases.map(\.rawValue)))
        #expect(try allowed("Subsampling") == Set(OutputEncoding.Subsampling.allCases.map(\.rawValue)))
        #expect(try allowed("Compression") == Set(OutputEncoding.Compression.allCases.map(\.rawValue)))
        let types = ServiceError.Code.allCases.map { Problem(ServiceError($0, "")).type }
        #expect(try allowed("ProblemType") == Set(types))
    }

    /// Forms, queries and answers have the same options.
    @Test func everyOptionIsDescribed() throws {
        let check = try SchemaCheck()
        for schema in ["JobForm", "JobOptions"] {
            let described = keys(check.at("components", "schemas", schema, "properties") ?? [:])
            #expect(described.isSuperset(of: JobOptions.names), "\(schema)")
        }
        let query = check.at("paths", "/api/v1/jobs/raw", "post", "parameters") as? [[String: Any]] ?? []
        #expect(Set(query.compactMap { $0["name"] as? String }).isSuperset(of: JobOptions.names))
        let levels = try #require(check.at("components", "schemas", "Level") as? [String: Any])
        #expect(levels["minimum"] as? Int == OutputEncoding.levels.lowerBound)
        #expect(levels["maximum"] as? Int == OutputEncoding.levels.upperBound)
    }

    /// The examples conform to their schemas.
    @Test func examplesKeepTheirSchemas() throws {
        var check = try SchemaCheck()
        let schemas = check.at("components", "schemas") as? [String: Any] ?? [:]
        for (name, schema) in schemas {
            for example in (schema as? [String: Any])?["examples"] as? [Any] ?? [] {
                check.check(example, against: name)
            }
        }
        for (_, example) in check.at("components", "examples") as? [String: Any] ?? [:] {
            check.check((example as? [String: Any])?["value"] ?? "", against: "Job")
        }
        #expect(check.errors == [])
    }

    /// The check itself finds errors.
    @Test(arguments: [
        "{}", "{\"status\":\"bad\"}", "{\"status\":1}", "{\"status\":\"ok\",\"more\":1}", "[]", "\"ok\"",
    ])
    func aWrongAnswerIsSeen(json: String) throws {
        var check = try SchemaCheck()
        try check.check(json: json, against: "Ok")
        #expect(!check.errors.isEmpty)
    }
}
