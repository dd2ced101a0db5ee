import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing
import TileCore

@testable import MasterDaemon

/// Lists of many jobs, the timeline of one, and the results of several.
@Suite(.timeLimit(.minutes(10))) struct HistoryRouteTests {
    private static func get(
        _ client: any TestClientProtocol, _ path: String, key: String? = nil
    ) async throws -> TestResponse {
        var fields = HTTPFields()
        fields[.authorization] = key.map { "Bearer \($0)" }
        return try await client.execute(uri: "/api/v1/\(path)", method: .get, headers: fields)
    }

    private static func json(_ response: TestResponse) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(response.body.readableBytesView))
        return try #require(object as? [String: Any])
    }

    private static func submit(
        _ client: any TestClientProtocol, _ query: String, key: String? = nil
    ) async throws -> JobID {
        var fields: HTTPFields = [.contentType: "image/png"]
        fields[.authorization] = key.map { "Bearer \($0)" }
        let response = try await client.execute(
            uri: "/api/v1/jobs?transforms=invert&\(query)", method: .post, headers: fields,
            body: ByteBuffer(bytes: try ServiceBench.image(1, 150)))
        #expect(response.status == .accepted)
        return try #require((try json(response)["job_id"] as? String).flatMap(JobID.init(rawValue:)))
    }

    // MARK: Lists

    /// Every order and filter, on the first page and on a late one.
    @Test func aPageOfTenThousandJobsIsThereSoon() async throws {
        try await withGatedMaster { client, _, _, bench in
            try await Self.fill(bench.service.store, with: 0..<100)
            // Each page takes less than 0.1 s on an idle machine. On a busy one it may take a few times as long as a page of
            // few jobs.
            let few = try await Self.timed(client, "jobs?limit=25").best
            try await Self.fill(bench.service.store, with: 100..<10_000)
            var paths = JobQuery.Sort.allCases.flatMap { ["sort=\($0.rawValue)", "sort=\($0.rawValue)&order=asc"] }
            paths += [
                "status=failed", "search=beach", "search=nothing-like-it", "batch=batch-7", "worker=worker-3",
                "created_from=2023-11-15T00:00:00Z&created_to=2023-11-16T00:00:00Z",
                "status=completed&worker=worker-3&sort=size&search=walk",
            ]
            for path in paths {
                var cursor = ""
                for _ in 0..<3 {
                    let (response, best) = try await Self.timed(client, "jobs?limit=25&\(path)&cursor=\(cursor)")
                    #expect(response.status == .ok, "\(path): \(String(buffer: response.body))")
                    #expect(best < max(.milliseconds(500), few * 5), "\(path): \(best), with few jobs \(few)")
                    guard let next = try Self.json(response)["next_cursor"] as? String else { break }
                    cursor = next
                }
            }
        }
    }

    /// The best of several times, because tests run in parallel.
    private static func timed(
        _ client: any TestClientProtocol, _ path: String
    ) async throws -> (response: TestResponse, best: Duration) {
        var found: (response: TestResponse, best: Duration)?
        for _ in 0..<5 {
            let start = ContinuousClock.now
            let response = try await get(client, path)
            let taken = ContinuousClock.now - start
            found = (response, min(taken, found?.best ?? taken))
            if taken < .milliseconds(50) { break }
        }
        return try #require(found)
    }

    private static func fill(_ store: Store, with numbers: Range<Int>) async throws {
        try await store.pool.write { database in
            let place = try database.makeStatement(sql: "INSERT INTO job_workers (worker_id, job_id) VALUES (?, ?)")
            let statuses: [JobStatus] = [.completed, .failed, .cancelled]
            for number in numbers {
                let start = Date(timeIntervalSince1970: 1_700_000_000 + Double(number) * 60)
                var job = JobRecord.sample(id: .make(at: start))
                job.move(to: statuses[number % 3])
                job.filename = "\(number % 5 == 0 ? "beach walk" : "photo") \(number * 7919 % 10_007).png"
                (job.width, job.height) = (1000 + number * 37 % 977, 1000 + number % 31)
                job.transforms = ["invert", "blur", "sepia,sharpen", "median"][number % 4]
                (job.tileCount, job.workedMilliseconds) = (1 + number % 97, number * 7907 % 90_001)
                job.batch = number % 2 == 0 ? "batch-\(number % 200)" : nil
                job.createdAt = start
                try job.insert(database)
                try place.execute(arguments: ["worker-\(number % 7)", job.jobID.rawValue])
            }
        }
    }

    @Test(arguments: [
        "sort=age", "order=up", "created_from=yesterday", "created_to=2026-13-01T00:00:00Z", "created_to=",
        "batch=a%20b",
        "cursor=x", "sort=size&cursor=019c4b7e-6d2a-7f00-8a8e-0123456789ab",
        // A cursor from a list in another order.
        "sort=size&cursor=019c4b7e-6d2a-7f00-8a8e-0123456789ab~filename~MQ",
    ])
    func invalidParametersAreRefused(query: String) async throws {
        try await withGatedMaster { client, _, _, _ in
            let answer = try await Self.get(client, "jobs?\(query)")
            #expect(answer.status == .badRequest)
        }
    }

    // MARK: What happened

    @Test func theTimelineTellsWhatHappened() async throws {
        try await withGatedMaster { client, _, _, bench in
            let id = try await Self.submit(client, "filename=a.png&batch=b-1")
            await bench.service.runner.settled(id)
            let timeline = try Self.json(try await Self.get(client, "jobs/\(id)/timeline"))
            let events = try #require(timeline["events"] as? [[String: Any]])
            #expect(events.map { $0["kind"] as? String } == ["submitted", "started", "completed"])
            let job = try Self.json(try await Self.get(client, "jobs/\(id)"))
            #expect(job["batch"] as? String == "b-1")
            #expect(try #require(job["worked_s"] as? Double) >= 0)
            #expect(try await Self.get(client, "jobs/\(JobID.make())/timeline").status == .notFound)
        }
    }

    // MARK: Results

    @Test func resultsOfABatchComeAsOneFile() async throws {
        try await withGatedMaster { client, _, _, bench in
            var ids: [JobID] = []
            for _ in 0..<3 { ids.append(try await Self.submit(client, "filename=same.png&batch=trip")) }
            ids.append(try await Self.submit(client, "filename=other.png"))
            for id in ids { await bench.service.runner.settled(id) }
            let batch = try await Self.get(client, "results?batch=trip")
            #expect(batch.status == .ok && batch.headers[.contentType] == "application/zip")
            #expect(batch.headers[.contentDisposition]?.contains("tilework-trip.zip") == true)
            #expect(batch.headers[.contentLength] == "\(batch.body.readableBytes)")
            let names = try Self.names(in: batch.body)
            #expect(names == ["same-tilework.png", "same-tilework (2).png", "same-tilework (3).png"])
            let named = try await Self.get(client, "results?jobs=\(ids[3]),\(ids[0])")
            #expect(try Self.names(in: named.body) == ["other-tilework.png", "same-tilework.png"])
        }
    }

    /// The names in a zip file. Checks that its files are complete.
    private static func names(in body: ByteBuffer) throws -> [String] {
        let folder = try TestFolder()
        let path = try folder.write(Array(body.readableBytesView), to: "results.zip")
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "python3", "-c",
            """
            import sys, zipfile
            with zipfile.ZipFile(sys.argv[1]) as file:
                assert file.testzip() is None
                assert all(file.read(one).startswith(bytes([137]) + b'PNG') for one in file.namelist())
                print(*file.namelist(), sep='\\n')
            """, path,
        ]
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func jobsWithoutResultsAreReported() async throws {
        try await withGatedMaster { client, _, _, bench in
            bench.transport.hold()
            let id = try await Self.submit(client, "batch=waits")
            #expect(try await Self.get(client, "results?batch=waits").status == .conflict)
            #expect(try await Self.get(client, "results?jobs=\(id)").status == .conflict)
            #expect(try await Self.get(client, "results?jobs=\(JobID.make())").status == .notFound)
            for query in ["", "?jobs=", "?batch=", "?jobs=\(id)&batch=waits", "?jobs=x&other=1"] {
                #expect(try await Self.get(client, "results\(query)").status == .badRequest, "\(query)")
            }
            let many = Array(repeating: id.rawValue, count: 201).joined(separator: ",")
            #expect(try await Self.get(client, "results?jobs=\(many)").status == .badRequest)
        }
    }

    /// With private jobs, results of other owners do not seem to exist.
    @Test func othersResultsAreNotGiven() async throws {
        try await withGatedMaster(isPrivate: true) { client, _, gate, bench in
            let keys = try ["ann", "bob"].map { name in
                try gate.keys.update {
                    try $0.create(name, role: .operator, expiresAt: nil, now: Date.wholeSeconds())
                }.text
            }
            let anns = try await Self.submit(client, "filename=ann.png&batch=trip", key: keys[0])
            let bobs = try await Self.submit(client, "filename=bob.png&batch=trip", key: keys[1])
            for id in [anns, bobs] { await bench.service.runner.settled(id) }
            let batch = try await Self.get(client, "results?batch=trip", key: keys[0])
            #expect(try Self.names(in: batch.body) == ["ann-tilework.png"])
            #expect(try await Self.get(client, "results?jobs=\(anns),\(bobs)", key: keys[0]).status == .notFound)
            #expect(try await Self.get(client, "results?batch=trip").status == .unauthorized)
        }
    }
}
