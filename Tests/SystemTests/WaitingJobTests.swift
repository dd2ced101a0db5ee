import Foundation
import Testing
import TileCore

extension SystemTests {
    /// Jobs without a worker, which keep their state for as long as a test needs.
    @Suite(.serialized, .sharedMaster("--local-workers", "0", "--min-size", "64", "--tile-size", "64"))
    struct WaitingJobTests {
        @Test func submissionIsAnsweredWithTheJob() async throws {
            let master = try SharedMaster.master
            let image = try TestImage.file(150, 100)
            let answer = try await master.post(
                image, transforms: "[{\"name\":\"blur\",\"ksize\":3},{\"name\":\"invert\"}]", format: "webp",
                filename: "C:\\pictures\\cat.png")
            #expect(answer.status == 202)
            let job: JobAnswer = try answer.decoded()
            #expect(answer.headers["location"] == job.path)
            #expect(answer.headers["content-type"] == "application/json")
            #expect(job.filename == "cat.png")
            #expect(job.status == "pending")
            #expect(job.size == JobAnswer.Size(width: 150, height: 100))
            #expect(job.source == JobAnswer.Source(format: "png", bytes: image.count, channels: 3, depth: 8))
            #expect(job.transforms == "blur:ksize=3,invert")
            #expect(job.format == "webp" && job.quality == nil && job.tileSize == 64)
            #expect(job.progress == JobAnswer.Progress(total: 6, completed: 0, failed: 0))
            #expect(try Date(job.createdAt, strategy: Self.times).timeIntervalSinceNow > -60)
            #expect(job.createdAt.hasSuffix("Z"))
            #expect(job.finishedAt == nil && job.error == nil && job.result == nil)
            #expect(Set(job.links.keys) == ["self", "tiles", "timeline", "preview", "source", "cancel"])
            #expect(try #require(job.message).contains("worker-main"))
            let shown = try await master.job(job.jobId)
            #expect(shown.jobId == job.jobId && shown.transforms == job.transforms)
            #expect(try await master.delete(job.jobId).status == 204)
        }

        private static let times = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

        @Test func resultOfAnUnfinishedJobIsRefused() async throws {
            let master = try SharedMaster.master
            let job = try await master.submit(TestImage.file(150, 100), transforms: "invert")
            let detail = try await master.api.get("\(job.path)/result").expectProblem(409, "wrong-state")
            #expect(detail.contains("no result"))
            #expect(try await master.retry(job.jobId).expectProblem(409, "wrong-state").contains("retried"))
            let source = try await master.api.get("\(job.path)/source")
            #expect(source.status == 200 && source.body.count == job.source.bytes)
            #expect(try await master.delete(job.jobId).status == 204)
        }

        @Test func tileMapShowsTilesInFlight() async throws {
            let master = try SharedMaster.master
            let job = try await master.submit(TestImage.file(150, 100), transforms: "invert")
            // A few tiles are sent even without a worker, because a worker without heartbeats may exist.
            let map = try await eventually("tiles are on their way", within: 10) {
                let map = try await master.tiles(job.jobId)
                return map.states.contains("p") ? map : nil
            }
            #expect(map.jobId == job.jobId && map.columns == 3 && map.rows == 2 && map.tileSize == 64)
            #expect(map.pass == 1 && map.passes == 1)
            #expect(map.states.count == 6 && map.states.allSatisfy { ".p".contains($0) })
            #expect(map.workers.isEmpty && map.worker == Array(repeating: -1, count: 6))
            #expect(map.milliseconds == Array(repeating: nil, count: 6))
            #expect(try await master.delete(job.jobId).status == 204)
        }

        @Test func sameIdempotencyKeyGivesTheSameJob() async throws {
            let master = try SharedMaster.master
            let image = try TestImage.file(150, 100)
            let key = ["Idempotency-Key": "order 4711"]
            let first = try await master.submit(image, transforms: "invert", headers: key)
            let files = master.jobFiles()
            let second = try await master.submit(image, transforms: "invert", headers: key)
            #expect(second.jobId == first.jobId)
            try await master.post(image, transforms: "sepia", headers: key)
                .expectProblem(422, "idempotency-key-reused")
            try await master.post(TestImage.file(160, 100), transforms: "invert", headers: key)
                .expectProblem(422, "idempotency-key-reused")
            #expect(master.jobFiles().filter { $0.hasPrefix("uploads/") } == files.filter { $0.hasPrefix("uploads/") })
            #expect(try await master.delete(first.jobId).status == 204)
        }

        @Test func idempotencyKeyOfAnotherImageIsRefused() async throws {
            let master = try SharedMaster.master
            func plain(_ gray: UInt8) -> Data {
                PNGFile.file(
                    width: 80, color: .gray, rows: Array(repeating: Array(repeating: gray, count: 80), count: 80))
            }
            let key = ["Idempotency-Key": "order 4712"]
            let job = try await master.submit(plain(7), transforms: "invert", headers: key)
            let answer = try await master.post(plain(9), transforms: "invert", headers: key)
            #expect(try await master.delete(job.jobId).status == 204)
            try answer.expectProblem(422, "idempotency-key-reused")
        }

        @Test func jobsAreListedByStatusAndPage() async throws {
            let master = try SharedMaster.master
            let image = try TestImage.file(100, 100)
            var ids: [String] = []
            for _ in 0..<5 { ids.append(try await master.submit(image, transforms: "invert").jobId) }
            for id in [ids[1], ids[3]] { #expect(try await master.cancel(id).status == 200) }
            #expect(try await listed("status=cancelled") == [ids[3], ids[1]])
            #expect(Set(try await listed("status=pending") + listed("status=processing")) == [ids[0], ids[2], ids[4]])
            #expect(try await listed("") == ids.reversed())
            var pages: [[String]] = []
            var cursor = ""
            repeat {
                let page: JobListAnswer = try await master.api.get("/api/v1/jobs?limit=2&cursor=\(cursor)").decoded()
                pages.append(page.jobs.map(\.jobId))
                cursor = page.nextCursor ?? ""
            } while !cursor.isEmpty
            #expect(pages == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]])
            try await master.api.get("/api/v1/jobs?status=lost").expectProblem(400, "bad-request")
            try await master.api.get("/api/v1/jobs?limit=0").expectProblem(400, "bad-request")
            try await master.api.get("/api/v1/jobs?cursor=x").expectProblem(400, "bad-request")
            for id in ids { #expect(try await master.delete(id).status == 204) }
        }

        private func listed(_ query: String) async throws -> [String] {
            let list: JobListAnswer = try await SharedMaster.master.api.get("/api/v1/jobs?\(query)").decoded()
            #expect(list.nextCursor == nil)
            return list.jobs.map(\.jobId)
        }

        @Test func deletedJobLeavesNoFile() async throws {
            let master = try SharedMaster.master
            let before = master.jobFiles()
            let job = try await master.submit(TestImage.file(150, 100), transforms: "invert")
            #expect(master.jobFiles() != before)
            #expect(try await master.delete(job.jobId).status == 204)
            #expect(master.jobFiles() == before)
            try await master.api.get(job.path).expectProblem(404, "not-found")
            try await master.delete(job.jobId).expectProblem(404, "not-found")
        }

        @Test(arguments: ["0192f0c1-2345-7890-abcd-ef0123456789", "nonsense"])
        func unknownJobIsNotFound(_ id: String) async throws {
            let master = try SharedMaster.master
            for path in ["", "/tiles", "/preview", "/source", "/result"] {
                try await master.api.get("/api/v1/jobs/\(id)\(path)").expectProblem(404, "not-found")
            }
            try await master.cancel(id).expectProblem(404, "not-found")
            try await master.retry(id).expectProblem(404, "not-found")
            try await master.delete(id).expectProblem(404, "not-found")
            try await master.api.get("/api/v2").expectProblem(404, "not-found")
        }
    }
}
