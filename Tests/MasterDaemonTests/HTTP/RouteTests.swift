import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

/// The API with the real service and the in-process transport: no sockets, no broker, no worker.
@Suite(.timeLimit(.minutes(10))) struct RouteTests {
    private let fleet = FakeFleet()

    /// Runs a test with a client of the API.
    private func withAPI(
        awaitsWorkers: Bool = false,
        _ body: @Sendable @escaping (any TestClientProtocol, ServiceBench) async throws -> Void
    ) async throws {
        let bench = try ServiceBench()
        try await bench.running { service in
            let views = ViewMaker(
                service: service, fleet: fleet, health: fleet, awaitsWorkers: awaitsWorkers)
            let server = WebServer(
                host: "127.0.0.1", port: 0, views: views,
                feed: EventFeed(views: views, version: "1", logger: .silent),
                cluster: ClusterDescription(
                    bootstrapServers: "none:1", group: "g", topics: TopicNames(), properties: [:]),
                gate: try .ofTest(bench.service.files.root.path), logger: .silent, whenRunning: { _ in })
            try await Application(router: server.router(), logger: .silent).test(.router) { try await body($0, bench) }
        }
    }

    private static func json(_ response: TestResponse) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(response.body.readableBytesView))
        return try #require(object as? [String: Any])
    }

    private static func submit(
        _ client: any TestClientProtocol, _ query: String = "transforms=invert", _ image: Data? = nil
    ) async throws -> TestResponse {
        let image = try image ?? ServiceBench.image(1, 150)
        return try await client.execute(
            uri: "/api/v1/jobs?\(query)", method: .post, headers: [.contentType: "image/png"],
            body: ByteBuffer(bytes: image))
    }

    @Test func anImageGoesInAndItsResultComesOut() async throws {
        try await withAPI { client, bench in
            let accepted = try await Self.submit(client, "transforms=blur:ksize=9&filename=a.png")
            #expect(accepted.status == .accepted)
            let job = try Self.json(accepted)
            let id = try #require((job["job_id"] as? String).flatMap(JobID.init(rawValue:)))
            #expect(accepted.headers[.location] == "/api/v1/jobs/\(id)")
            await bench.service.runner.settled(id)
            let done = try Self.json(try await client.execute(uri: "/api/v1/jobs/\(id)", method: .get))
            #expect(done["status"] as? String == "completed")
            #expect(done["created_at"] as? String == job["created_at"] as? String)
            let progress = try #require(done["progress"] as? [String: Int])
            #expect(progress == ["total": 9, "completed": 9, "failed": 0])
            let result = try await client.execute(uri: "/api/v1/jobs/\(id)/result", method: .get)
            #expect(result.status == .ok && result.headers[.contentType] == "image/png")
            #expect(try bench.isRight(try await bench.service.job(id)))
            let name = bench.service.files.path("outputs/\(id).png")
            #expect(Data(result.body.readableBytesView) == FileManager.default.contents(atPath: name))
        }
    }

    /// A client that waits for a job is answered when it ends, in whatever status.
    @Test(arguments: ["completed", "cancelled", nil]) func aJobIsWaitedFor(end: String?) async throws {
        try await withAPI { client, bench in
            bench.transport.hold()
            let id = try #require(try Self.json(try await Self.submit(client))["job_id"] as? String)
            let url = "/api/v1/jobs/\(id)"
            await bench.transport.waitUntilSent(1)
            let soon = try await client.execute(uri: "\(url)?wait=1", method: .get)
            #expect(try Self.json(soon)["status"] as? String == "processing")
            let start = ContinuousClock.now
            async let answer = client.execute(uri: "\(url)?wait=50", method: .get)
            switch end {
            case "completed": bench.transport.release()
            case "cancelled": _ = try await client.execute(uri: "\(url)/cancel", method: .post)
            default: _ = try await client.execute(uri: url, method: .delete)
            }
            let response = try await answer
            // Otherwise the answer would have come only at the time limit.
            #expect(ContinuousClock.now - start < .seconds(50))
            if let end {
                #expect(try Self.json(response)["status"] as? String == end)
                let again = try await client.execute(uri: "\(url)?wait=50", method: .get)
                #expect(try Self.json(again)["status"] as? String == end)
            } else {
                #expect(response.status == .notFound)
            }
            bench.transport.release()
        }
    }

    @Test(arguments: ["51", "-1", "1.5", "soon"]) func aWaitThatCannotBeIsRefused(wait: String) async throws {
        try await withAPI { client, _ in
            let answer = try await client.execute(uri: "/api/v1/jobs/\(JobID.make())?wait=\(wait)", method: .get)
            #expect(answer.status == .badRequest)
        }
    }

    @Test func aJobIsCancelledRetriedAndDeleted() async throws {
        try await withAPI { client, bench in
            bench.transport.hold()
            let job = try #require(try Self.json(try await Self.submit(client))["job_id"] as? String)
            let url = "/api/v1/jobs/\(job)"
            await bench.transport.waitUntilSent(1)
            let cancelled = try await client.execute(uri: "\(url)/cancel", method: .post)
            #expect(cancelled.status == .ok)
            #expect(try Self.json(cancelled)["status"] as? String == "cancelled")
            #expect(try await client.execute(uri: "\(url)/cancel", method: .post).status == .conflict)
            let retried = try await client.execute(uri: "\(url)/retry", method: .post)
            #expect(retried.status == .accepted)
            #expect(try await client.execute(uri: url, method: .delete).status == .noContent)
            #expect(try await client.execute(uri: url, method: .get).status == .notFound)
            #expect(try await client.execute(uri: url, method: .delete).status == .notFound)
            bench.transport.release()
        }
    }

    /// A master with its own workers is ready when the first of them can take tiles, and stays ready.
    @Test func theFirstJobDoesNotWaitForTheFleet() async throws {
        try await withAPI(awaitsWorkers: true) { client, _ in
            let early = try await client.execute(uri: "/readyz", method: .get)
            #expect(early.status == .serviceUnavailable)
            #expect(
                try Self.json(early)["detail"] as? String == "none of the master's own workers can take tiles yet")
            fleet.set(takesTiles: true)
            #expect(try await client.execute(uri: "/readyz", method: .get).status == .ok)
        }
    }

    @Test func anOfflineWorkerIsForgotten() async throws {
        try await withAPI { client, bench in
            func forget(_ id: String) async throws -> TestResponse {
                try await client.execute(uri: "/api/v1/workers/\(id)", method: .delete)
            }
            try await bench.service.store.save([
                WorkerRecord(
                    workerID: "w", status: .offline, lastHeartbeat: Date(), host: "h", pid: 1, slots: 1, tilesDone: 0)
            ])
            #expect(try await forget("other").status == .notFound)
            fleet.set(online: 1)
            let refused = try await forget("w")
            #expect(refused.status == .conflict)
            #expect(try Self.json(refused)["detail"] as? String == "worker w is online; drain it first")
            fleet.set(online: 0)
            #expect(try await forget("w").status == .noContent)
            #expect(fleet.forgotten.withLock { $0 } == ["w"])
        }
    }

    /// The job's message says why it waits. A problem of the cluster has precedence over missing workers.
    @Test func aWaitingJobSaysWhy() async throws {
        try await withAPI { client, bench in
            bench.transport.hold()
            let job = try #require(try Self.json(try await Self.submit(client))["job_id"] as? String)
            func message() async throws -> String? {
                try Self.json(try await client.execute(uri: "/api/v1/jobs/\(job)", method: .get))["message"] as? String
            }
            #expect(try await message()?.contains("no worker is online") == true)
            fleet.set(problem: "the brokers do not answer")
            #expect(try await message() == "waiting for the cluster: the brokers do not answer")
            let ready = try await client.execute(uri: "/readyz", method: .get)
            #expect(ready.status == .serviceUnavailable)
            #expect(try Self.json(ready)["detail"] as? String == "the brokers do not answer")
            fleet.set(problem: nil)
            fleet.set(online: 1)
            #expect(try await message() == nil)
            #expect(try await client.execute(uri: "/readyz", method: .get).status == .ok)
            bench.transport.release()
        }
    }

    @Test(arguments: [
        ("transforms=blurr", HTTPResponse.Status.unprocessableContent), ("", .unprocessableContent),
        ("transforms=invert&format=gif", .badRequest), ("transforms=invert&quality=0", .badRequest),
    ])
    func invalidUploadsAreRefusedAndLeaveNothing(query: String, status: HTTPResponse.Status) async throws {
        try await withAPI { client, bench in
            let answer = try await Self.submit(client, query)
            #expect(answer.status == status)
            #expect(bench.jobFiles == [])
        }
    }

    /// A wrong option is refused before the image is sent. The answer names the field, so that a page can show the error
    /// there.
    @Test(arguments: [
        ("metadata=some", "metadata"), ("background=red", "background"), ("level=12", "level"),
        ("progressive=true", "progressive"), ("format=tiff&level=3", "level"), ("quality=0", "quality"),
        ("format=png&quality=80", "quality"), ("quality=80", "quality"), ("format=tiff&quality=80", "quality"),
        ("format=png&background=ffffff", "background"), ("format=bmp&tiled=true", "tiled"),
        ("format=jpeg&pyramid=true", "pyramid"), ("format=webp&compression=none", "compression"),
        ("format=webp&subsampling=444", "subsampling"),
    ])
    func anOptionThatCannotBeIsNamed(query: String, field: String) async throws {
        try await withAPI { client, bench in
            let answer = try await Self.submit(client, "transforms=invert&\(query)")
            #expect(answer.status == .badRequest)
            #expect(try Self.json(answer)["field"] as? String == field)
            #expect(bench.jobFiles == [])
        }
    }

    @Test func optionsAndNotesAreShown() async throws {
        try await withAPI { client, bench in
            let size = PixelSize(width: 100, height: 90)
            let opaque = PixelBuffer(
                adopting: OwnedBytes(copying: [UInt8](repeating: 255, count: size.area * 4)), size: size,
                format: .bgra(.eight))
            let query = "transforms=invert&format=jpeg&progressive=true&metadata=private"
            let job = try Self.json(try await Self.submit(client, query, Data(try opaque.png())))
            #expect(keys(try #require(job["options"])) == ["progressive", "metadata"])
            #expect(job["notes"] as? [String] == [])
            let id = try #require((job["job_id"] as? String).flatMap(JobID.init(rawValue:)))
            await bench.service.runner.settled(id)
            let done = try Self.json(try await client.execute(uri: "/api/v1/jobs/\(id)", method: .get))
            #expect(done["status"] as? String == "completed")
            let note = "alpha was left out: it is opaque everywhere, and JPEG has no alpha"
            #expect(done["notes"] as? [String] == [note])
        }
    }

    @Test func aTrialTellsWhatTheFileIs() async throws {
        try await withAPI { client, bench in
            func look(_ query: String) async throws -> TestResponse {
                try await client.execute(
                    uri: "/api/v1/preview?\(query)", method: .post,
                    body: ByteBuffer(bytes: try ServiceBench.image(1, 1500)))
            }
            let whole = try await look("max=300")
            #expect(whole.status == .ok)
            let facts = "format=png, width=1500, height=1480, channels=3, depth=8, pages=1"
            #expect(whole.headers[.tileworkImage] == facts)
            let path = bench.folder.url.appending(path: "whole.png").path
            try Data(whole.body.readableBytesView).write(to: URL(filePath: path))
            #expect(try pixels(ofFile: path).size == PixelSize(width: 300, height: 296))
            // The image is too large for a trial of transforms. A file with one image has no other page.
            #expect(try await look("max=300&transforms=invert").status == .badRequest)
            #expect(try await look("max=1025").status == .badRequest)
            #expect(try await look("page=1").status == .unsupportedMediaType)
        }
    }

    @Test func unknownParametersAreRefused() async throws {
        try await withAPI { client, bench in
            let id = try #require(
                (try Self.json(try await Self.submit(client))["job_id"] as? String).flatMap(JobID.init(rawValue:)))
            await bench.service.runner.settled(id)
            func detail(_ response: TestResponse) throws -> String {
                #expect(response.status == .badRequest)
                return try #require(try Self.json(response)["detail"] as? String)
            }
            let jobs = try await Self.submit(client, "transforms=invert&nonsense=1")
            #expect(try Self.json(jobs)["field"] as? String == "nonsense")
            let options = "metadata, page, background, progressive, subsampling, level, compression, tiled, pyramid"
            #expect(
                try detail(jobs)
                    == "there is no parameter 'nonsense'; there are transforms, format, quality, filename, batch, \(options)"
            )
            for (path, name, known) in [
                ("source/region?width=1", "width", "x, y, w, h, max, format"),
                ("result/region?x=1&Max=20", "Max", "x, y, w, h, max, format"), ("preview?side=9", "side", "max"),
                ("?timeout=9", "timeout", "wait"),
            ] {
                let slash = path.hasPrefix("?") ? "" : "/"
                let refused = try await client.execute(uri: "/api/v1/jobs/\(id)\(slash)\(path)", method: .get)
                #expect(try detail(refused) == "there is no parameter '\(name)'; there are \(known)")
            }
            let list = try await client.execute(uri: "/api/v1/jobs?state=failed", method: .get)
            #expect(
                try detail(list) == "there is no parameter 'state'; there are \(JobQuery.names.joined(separator: ", "))"
            )
            for path in ["me", "workers", "statistics", "limits", "transforms", "keys", "jobs/\(id)/tiles"] {
                let refused = try await client.execute(uri: "/api/v1/\(path)?x=1", method: .get)
                #expect(try detail(refused) == "there is no parameter 'x'; this takes none")
            }
            let twice = try await Self.submit(client, "transforms=invert&transforms=blur")
            #expect(try detail(twice) == "the parameter 'transforms' is there twice; send it once")
            let trial = try await client.execute(
                uri: "/api/v1/preview?format=png", method: .post, body: ByteBuffer(bytes: try ServiceBench.image(1, 90))
            )
            #expect(try detail(trial).hasPrefix("there is no parameter 'format'; there are x, y"))
        }
    }

    /// The parameters of a form are its fields, and all of them are checked.
    @Test func aFormHasNoOtherFieldsAndNoQuery() async throws {
        try await withAPI { client, _ in
            func send(_ fields: KeyValuePairs<String, String>, _ query: String = "") async throws -> TestResponse {
                var body = ByteBuffer()
                for (name, value) in fields {
                    body.writeString("--b\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n")
                }
                body.writeString("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n")
                body.writeBytes(try ServiceBench.image(1, 90))
                body.writeString("\r\n--b--\r\n")
                return try await client.execute(
                    uri: "/api/v1/jobs\(query)", method: .post,
                    headers: [.contentType: "multipart/form-data; boundary=b"], body: body)
            }
            let good = try await send(["transforms": "invert", "filename": "b.png", "format": "png"])
            #expect(good.status == .accepted)
            #expect(try Self.json(good)["filename"] as? String == "b.png")
            #expect(try Self.json(try await send(["transforms": "invert"]))["filename"] as? String == "a.png")
            let misspelt = try Self.json(try await send(["transforms": "invert", "qualty": "9"]))
            #expect(misspelt["status"] as? Int == 400 && misspelt["field"] as? String == "qualty")
            #expect((misspelt["detail"] as? String)?.contains("there are file, transforms, format, quality") == true)
            let both = try Self.json(try await send(["transforms": "invert"], "?format=png"))
            #expect(both["status"] as? Int == 400 && both["field"] as? String == "format")
            #expect((both["detail"] as? String)?.contains("parameters of a form are its fields") == true)
            let twice = try Self.json(try await send(["transforms": "invert", "transforms": "blur"]))
            #expect(twice["status"] as? Int == 400 && twice["field"] as? String == "transforms")
            #expect(twice["detail"] as? String == "the form has the field 'transforms' twice; send it once")
        }
    }

    /// The source's extension matches its format, because some systems run files by their extension.
    @Test(arguments: [
        ("invoice.html", "invoice.html.png"), ("a.png.lnk", "a.png.lnk.png"), (".htaccess", ".htaccess.png"),
        ("CON", "CON.png"), ("a.PNG", "a.PNG"), ("a.png", "a.png"), ("a.jpg", "a.jpg.png"),
    ])
    func theNameOfASourceEndsAsItsFormatDoes(name: String, expected: String) async throws {
        try await withAPI { client, bench in
            let job = try Self.json(try await Self.submit(client, "transforms=invert&filename=\(name)"))
            #expect(job["filename"] as? String == name)
            let id = try #require((job["job_id"] as? String).flatMap(JobID.init(rawValue:)))
            await bench.service.runner.settled(id)
            let source = try await client.execute(uri: "/api/v1/jobs/\(id)/source", method: .get)
            #expect(source.headers[.contentDisposition]?.contains("filename=\"\(expected)\"") == true)
        }
    }

    @Test func errorsOfPagesAndRegionsAreReported() async throws {
        try await withAPI { client, bench in
            let page = try Self.json(try await Self.submit(client, "transforms=invert&page="))
            #expect(page["detail"] as? String == "page is ''; it takes 0 to 999999")
            let id = try #require(
                (try Self.json(try await Self.submit(client))["job_id"] as? String).flatMap(JobID.init(rawValue:)))
            await bench.service.runner.settled(id)
            let outside = try Self.json(
                try await client.execute(uri: "/api/v1/jobs/\(id)/source/region?x=1000", method: .get))
            let detail = try #require(outside["detail"] as? String)
            #expect(detail.hasPrefix("the region begins at (1000, 0), outside of the image, which has "))
        }
    }

    @Test func missingResourcesAreReported() async throws {
        try await withAPI { client, _ in
            #expect(try await client.execute(uri: "/api/v1/jobs/none", method: .get).status == .notFound)
            #expect(try await client.execute(uri: "/api/v1/none", method: .get).status == .notFound)
            let wrong = try await client.execute(uri: "/api/v1/jobs", method: .put)
            #expect(wrong.status == .methodNotAllowed && wrong.headers[.allow]?.contains("POST") == true)
            let drain = try await client.execute(uri: "/api/v1/workers/w/drain", method: .post)
            #expect(drain.status == .notFound)
            let statistics = try Self.json(try await client.execute(uri: "/api/v1/statistics", method: .get))
            #expect(statistics["dead_letters"] as? Int == 7)
        }
    }
}
