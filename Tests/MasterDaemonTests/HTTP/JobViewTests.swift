import Foundation
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct JobViewTests {
    private func view(
        _ status: JobStatus, completed: Int = 0, rate: Double? = nil, online: Int = 1,
        obstacle: String? = nil
    ) -> JobView {
        var job = JobRecord.sample()
        job.move(to: status)
        (job.tilesCompleted, job.tilesFailed) = (completed, 1)
        return JobView(
            job, rate: rate, workersOnline: online,
            obstacle: obstacle)
    }

    private static let always: Set<String> = [
        "job_id", "filename", "status", "size", "source", "transforms", "format", "tile_size", "progress",
        "created_at", "notes", "links",
    ]

    @Test(arguments: [
        (JobStatus.pending, []), (.processing, ["started_at", "worked_s", "rate", "eta_s"]),
        (.completed, ["started_at", "finished_at", "worked_s", "rate", "result"]),
        (.failed, ["started_at", "finished_at", "worked_s", "rate", "error"]),
        (.cancelled, ["started_at", "finished_at", "worked_s", "rate"]),
    ])
    func aJobShowsWhatItsStateHas(status: JobStatus, more: [String]) async throws {
        #expect(keys(try await json(view(status, completed: 3, rate: 2))) == Self.always.union(more))
    }

    @Test(arguments: [
        (JobStatus.pending, "cancel"), (.processing, "cancel"), (.completed, "result"), (.failed, "retry"),
        (.cancelled, "retry"),
    ])
    func linksAreWhatCanBeDone(status: JobStatus, link: String) {
        let view = view(status)
        #expect(Set(view.links.keys) == ["self", "tiles", "timeline", "preview", "source", link])
        #expect(view.links["self"] == "/api/v1/jobs/\(view.jobID)")
        #expect(view.links[link] == "/api/v1/jobs/\(view.jobID)/\(link)")
    }

    @Test func progressIsInTiles() {
        let progress = view(.processing, completed: 3).progress
        #expect((progress.total, progress.completed, progress.failed) == (6, 3, 1))
    }

    @Test func theRateTellsHowLongItTakes() {
        let running = view(.processing, completed: 4, rate: 0.504)
        #expect(running.rate == 0.5)
        #expect(running.etaSeconds == 4)
        #expect(view(.processing, completed: 4).rate == nil)
        #expect(view(.processing, completed: 4).etaSeconds == nil)
    }

    /// Six tiles in the sample job's ten seconds, whatever the recent rate was.
    @Test func theRateOfAnEndedJobIsThatOfAllItsTime() {
        #expect(view(.completed, completed: 6, rate: 99).rate == 0.6)
        #expect(view(.completed, completed: 6).etaSeconds == nil)
    }

    /// The time between the end of a job and its retry does not count.
    @Test func timeWorkedIsWithoutPauses() {
        var job = JobRecord.sample()
        job.move(to: .completed)
        (job.workedMilliseconds, job.tilesCompleted) = (3000, 6)
        let view = JobView(job, rate: nil, workersOnline: 1)
        #expect(view.workedSeconds == 3)
        #expect(view.rate == 2)
    }

    @Test func aJobWithoutWorkersSaysSo() {
        #expect(view(.pending, online: 0).message?.contains("worker-main") == true)
        #expect(view(.processing, online: 0).message != nil)
        #expect(view(.processing, online: 1).message == nil)
        #expect(view(.completed, online: 0).message == nil)
        // The job's own reason has precedence.
        #expect(view(.processing, online: 0, obstacle: "no space").message == "no space")
        #expect(view(.completed, obstacle: "no space").message == nil)
    }

    @Test func theResultIsOneOfACompletedJob() {
        #expect(view(.completed).result?.bytes == 99)
        #expect(view(.completed).result?.mediaType == "image/png")
        #expect(view(.failed).result == nil)
    }

    @Test func notesAndOptionsAreShownAsTheyAre() async throws {
        var job = JobRecord.sample()
        #expect(keys(try await json(JobView(job, rate: nil, workersOnline: 1))).contains("options") == false)
        let asked = ["metadata": "strip", "background": "#FFCC00", "subsampling": "444", "progressive": "true"]
        job.options = try JobOptions { asked[$0] }
        job.notes = ["one", "two"]
        let shown = try #require(try await json(JobView(job, rate: nil, workersOnline: 1)) as? [String: Any])
        #expect(shown["notes"] as? [String] == ["one", "two"])
        let options = try #require(shown["options"] as? [String: Any])
        #expect(keys(options) == ["metadata", "background", "subsampling", "progressive"])
        #expect(options["background"] as? String == "ffcc00" && options["progressive"] as? Bool == true)
    }

    @Test func theLastPageHasNoCursor() async throws {
        #expect(keys(try await json(JobList(jobs: [], nextCursor: nil))) == ["jobs"])
        #expect(keys(try await json(JobList(jobs: [], nextCursor: "x"))) == ["jobs", "next_cursor"])
    }

    // MARK: Tiles

    @Test func tilesAreInColumns() async throws {
        let job = JobRecord.sample()
        let statuses: [TileStatus] = [.completed, .failed, .processing, .pending, .processing, .completed]
        let workers: [String?] = ["b", nil, "a", nil, nil, "b"]
        let tiles = statuses.indices.map { index in
            TileRecord(
                jobID: job.jobID, pass: 0, position: index, x: 0, y: 0, status: statuses[index],
                workerID: workers[index], milliseconds: index == 0 ? 1.26 : nil)
        }
        let view = try TileMapView(job, job.plan(), shown: 0, tiles: tiles, inFlight: [2, 3])
        #expect(view.states == "cfpp.c")
        #expect(view.workers == ["a", "b"])
        #expect(view.worker == [1, -1, 0, -1, -1, 1])
        #expect(view.milliseconds == [1.3, nil, nil, nil, nil, nil])
        #expect((view.columns, view.rows, view.pass, view.passes) == (3, 2, 1, 1))
        #expect(
            keys(try await json(view)) == [
                "job_id", "columns", "rows", "tile_size", "pass", "passes", "states", "workers", "worker",
                "milliseconds",
            ])
    }

    // MARK: Workers

    private let record = WorkerRecord(
        workerID: "w", status: .online, lastHeartbeat: Date(timeIntervalSince1970: 1), host: "old", pid: 1, slots: 1,
        tilesDone: 5)

    @Test func aWorkerThatWasNotHeardIsOffline() {
        let view = WorkerView(record, live: nil)
        #expect(view.status == .offline)
        #expect(view.host == "old")
        #expect(view.tilesDone == 5)
        #expect(view.partitions.isEmpty)
    }

    @Test func aWorkerDrainsUntilItIsGone() {
        var fleet = FleetRegistry()
        var seen: [WorkerView.Status] = []
        func look() { seen.append(WorkerView(record, live: fleet.workers["w"]?.state).status) }
        _ = fleet.hear(.of("w"), at: .now, date: Date())
        look()
        _ = fleet.drain("w")
        look()
        _ = fleet.hear(.of("w", uptime: 2), at: .now, date: Date())
        look()
        _ = fleet.hear(.of("w", uptime: 3, state: .leaving), at: .now, date: Date())
        look()
        #expect(seen == [.online, .draining, .draining, .offline])
    }

    @Test func aHeartbeatReplacesTheRecord() {
        var fleet = FleetRegistry()
        let now = ContinuousClock.now
        _ = fleet.hear(.of("w", host: "new", uptime: 10, slots: 4, partitions: [2]), at: now, date: Date())
        _ = fleet.hear(
            .of("w", host: "new", uptime: 13, tilesDone: 1, slots: 4, partitions: [2]), at: now, date: Date())
        let view = WorkerView(record, live: fleet.workers["w"]?.state)
        #expect(view.status == .online)
        #expect(view.host == "new")
        #expect(view.slots == 4)
        #expect(view.tilesPerSecond == 0.33)
        #expect(view.partitions == [2])
    }
}
