import Foundation
import GRDB
import NIOCore
import Testing
import TileCore

@testable import MasterDaemon

/// The messages of the live channel, from the real service without a broker.
@Suite(.timeLimit(.minutes(10))) struct EventFeedTests {
    private static func withFeed(_ body: (EventFeed, Store) async throws -> Void) async throws {
        try await ServiceBench().running { service in
            let fleet = FakeFleet()
            let views = ViewMaker(service: service, fleet: fleet, health: fleet)
            let feed = EventFeed(views: views, version: "1", logger: .silent)
            let run = Task { try await feed.run() }
            defer { run.cancel() }
            try await body(feed, service.store)
        }
    }

    /// The messages of one client, decoded.
    private static func messages(
        _ client: EventSubscription
    ) -> AsyncMapSequence<AsyncStream<ByteBuffer>, [String: Any]> {
        client.messages.map { message in
            (try? JSONSerialization.jsonObject(with: Data(message.readableBytesView))) as? [String: Any] ?? [:]
        }
    }

    private static func client(_ job: JobID? = nil) -> EventSubscription {
        EventSubscription(job: job) { Issue.record("cut off, but not behind") }
    }

    /// A job with tiles of these times in milliseconds, as an earlier release may have stored them.
    private static func insertJob(_ store: Store, milliseconds: [Double]) async throws -> JobID {
        let job = JobRecord.sample()
        _ = try await store.insert(job, plan: job.plan())
        _ = try await store.transition(job.jobID, .begin, from: job.row)
        let running = JobMachine.Row(status: .processing, generation: 1)
        _ = try await store.transition(job.jobID, .fail(reason: "x"), from: running)
        try await store.pool.write { database in
            for (position, time) in milliseconds.enumerated() {
                try database.execute(
                    sql: "UPDATE tiles SET milliseconds = ?, status = 'completed', worker_id = 'w' WHERE position = ?",
                    arguments: [time, position])
            }
        }
        return job.jobID
    }

    @Test func absurdTimesOfAnEarlierReleaseEndNoChannel() async throws {
        try await Self.withFeed { feed, store in
            let job = try await Self.insertJob(store, milliseconds: [1e308, 12.34, .infinity, 8.7e7])
            let (follower, other) = (Self.client(job), Self.client())
            await feed.join(follower)
            await feed.join(other)
            var followed = Self.messages(follower).makeAsyncIterator()
            let snapshot = try #require(await followed.next())
            let tiles = try #require(snapshot["tiles"] as? [String: Any])
            let times = try #require(tiles["milliseconds"] as? [Any])
            #expect(times.map { $0 as? Double } == [nil, 12.3, nil, nil, nil, nil])
            var all = Self.messages(other).makeAsyncIterator()
            #expect(await all.next()?["type"] as? String == "snapshot")
        }
    }

    @Test func absurdTimesThatAreNewsEndNoChannel() async throws {
        try await Self.withFeed { feed, store in
            let job = try await Self.insertJob(store, milliseconds: [])
            let client = Self.client(job)
            await feed.join(client)
            var messages = Self.messages(client).makeAsyncIterator()
            #expect(await messages.next()?["type"] as? String == "snapshot")
            try await store.apply([
                TileChange(
                    tile: TileID(job: job, pass: 0, index: 2), generation: 1, status: .completed, worker: "w",
                    milliseconds: 1e308)
            ])
            while let message = await messages.next() {
                guard message["type"] as? String == "tiles" else { continue }
                let tile = try #require((message["tiles"] as? [[String: Any]])?.first)
                #expect(tile["position"] as? Int == 2)
                #expect(tile["milliseconds"] == nil)
                return
            }
            Issue.record("the channel has ended")
        }
    }

    /// A client that sees only its own jobs gets no message about others, not even about their deletion.
    @Test func aPrivateClientHearsOfItsOwnJobsAlone() async throws {
        try await Self.withFeed { feed, store in
            var (mine, other) = (JobRecord.sample(), JobRecord.sample())
            (mine.owner, other.owner) = ("ann", "bob")
            // The runner does not run finished jobs.
            mine.move(to: .failed)
            other.move(to: .failed)
            for job in [mine, other] { _ = try await store.insert(job, plan: job.plan()) }
            let client = EventSubscription(job: nil, onlyOwner: "ann") { Issue.record("cut off, but not behind") }
            let spy = EventSubscription(job: other.jobID, onlyOwner: "ann") { Issue.record("cut off, but not behind") }
            await feed.join(client)
            await feed.join(spy)
            var (messages, spied) = (Self.messages(client).makeAsyncIterator(), Self.messages(spy).makeAsyncIterator())
            let jobs = try #require(await messages.next()?["jobs"] as? [[String: Any]])
            #expect(jobs.map { $0["job_id"] as? String } == ["\(mine.jobID)"])
            let snapshot = try #require(await spied.next())
            #expect((snapshot["jobs"] as? [Any])?.isEmpty == true && snapshot["tiles"] == nil)
            for job in [other, mine] { _ = try await store.transition(job.jobID, .delete, from: job.row) }
            while let message = await messages.next() {
                #expect("\(message)".contains("\(other.jobID)") == false)
                if message["type"] as? String == "job_deleted" { break }
            }
        }
    }

    /// A client that disconnects at the job's end must have heard of the last tile. In an earlier version the job came first.
    @Test func aTileIsToldBeforeTheJobThatCountsIt() async throws {
        try await Self.withFeed { feed, store in
            let job = try await Self.insertJob(store, milliseconds: [])
            let client = Self.client(job)
            await feed.join(client)
            var messages = Self.messages(client).makeAsyncIterator()
            #expect(await messages.next()?["type"] as? String == "snapshot")
            try await store.apply([
                TileChange(
                    tile: TileID(job: job, pass: 0, index: 1), generation: 1, status: .completed, worker: "w",
                    milliseconds: 1)
            ])
            var hasHeardOfTile = false
            while let message = await messages.next() {
                if message["type"] as? String == "tiles" { hasHeardOfTile = true }
                let progress = (message["job"] as? [String: Any])?["progress"] as? [String: Any]
                guard progress?["completed"] as? Int == 1 else { continue }
                #expect(hasHeardOfTile)
                return
            }
            Issue.record("the channel has ended")
        }
    }

    /// The tiles of a job cannot be shown if it has steps that this release does not know.
    @Test func aJobThatCannotBeShownEndsNoOtherChannel() async throws {
        try await Self.withFeed { feed, store in
            let job = try await Self.insertJob(store, milliseconds: [])
            try await store.pool.write { try $0.execute(sql: "UPDATE jobs SET transforms = 'warp'") }
            let (follower, other) = (Self.client(job), Self.client())
            await feed.join(follower)
            await feed.join(other)
            var all = Self.messages(other).makeAsyncIterator()
            #expect(await all.next()?["type"] as? String == "snapshot")
            // The client that follows this job is told to reconnect.
            for await _ in follower.messages {}
            #expect(follower.ending == .internalError)
            store.changes.note(worker: "nobody")
            #expect(await all.next() != nil)
        }
    }

    @Test func aForgottenWorkerIsNews() async throws {
        try await Self.withFeed { feed, store in
            try await store.save([
                WorkerRecord(
                    workerID: "w", status: .offline, lastHeartbeat: Date(timeIntervalSince1970: 1), host: "h", pid: 1,
                    slots: 1, tilesDone: 0)
            ])
            let client = Self.client()
            await feed.join(client)
            var messages = Self.messages(client).makeAsyncIterator()
            let snapshot = try #require(await messages.next())
            #expect((snapshot["workers"] as? [[String: Any]])?.map { $0["worker_id"] as? String } == ["w"])
            _ = try await store.forgetWorkers(heardBefore: Date(timeIntervalSince1970: 2), except: [])
            while let message = await messages.next() {
                guard let type = message["type"] as? String, type.hasPrefix("worker") else { continue }
                #expect(type == "worker_forgotten")
                #expect(message["worker_id"] as? String == "w")
                return
            }
            Issue.record("the channel has ended")
        }
    }
}
