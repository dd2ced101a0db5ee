import Foundation
import Testing
import TileCodecs
import TileCore

extension SystemTests.SmallTiles {
    /// The API's answers about a completed job.
    @Suite struct FinishedJobTests {
        private static let times = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

        private func finished() async throws -> (job: JobAnswer, source: Data, result: Data) {
            let master = try SharedMaster.master
            let source = try TestImage.file(300, 200)
            let job = try await master.submit(source, transforms: "invert", format: "bmp")
            let result = try await master.completed(job)
            return (try await master.job(job.jobId), source, result)
        }

        @Test func completedJobHasItsFields() async throws {
            let (job, _, result) = try await finished()
            #expect(job.status == "completed" && job.error == nil && job.message == nil)
            #expect(job.progress == JobAnswer.Progress(total: 20, completed: 20, failed: 0))
            #expect(job.result?.bytes == result.count && job.result?.mediaType == "image/bmp")
            #expect(try #require(job.rate) > 0)
            let times = try [job.createdAt, #require(job.startedAt), #require(job.finishedAt)]
                .map { try Date($0, strategy: Self.times) }
            #expect(times == times.sorted())
            #expect(job.links["result"] == "\(job.path)/result" && job.links["cancel"] == nil)
        }

        /// The retry is refused, and the job goes on.
        @Test func retryOfARunningJobIsRefused() async throws {
            let master = try SharedMaster.master
            let source = try TestImage.file(400, 300)
            let job = try await master.submit(source, transforms: SystemTests.SmallTiles.slow)
            _ = try await master.underWay(job, done: 3)
            try await master.retry(job.jobId).expectProblem(409, "wrong-state")
            #expect(
                try await master.completed(job)
                    == WholeImage.result(of: source, transforms: SystemTests.SmallTiles.slow))
        }

        @Test func tileMapShowsAllTilesDone() async throws {
            let (job, _, _) = try await finished()
            let map = try await SharedMaster.master.tiles(job.jobId)
            #expect(map.columns == 5 && map.rows == 4)
            #expect(map.states == String(repeating: "c", count: 20))
            #expect(!map.workers.isEmpty && Set(map.workers).isSubset(of: ["worker-1", "worker-2"]))
            #expect(map.worker.count == 20 && map.worker.allSatisfy(map.workers.indices.contains))
            #expect(map.milliseconds.count == 20 && map.milliseconds.allSatisfy { $0.map { $0 >= 0 } ?? false })
        }

        @Test(arguments: ["source", "result"]) func filesHaveTheirHeaders(_ which: String) async throws {
            let master = try SharedMaster.master
            let (job, source, result) = try await finished()
            let bytes = which == "source" ? source : result
            let path = "\(job.path)/\(which)"
            let whole = try await master.api.get(path)
            #expect(whole.status == 200 && whole.body == bytes)
            #expect(whole.headers["content-type"] == (which == "source" ? "image/png" : "image/bmp"))
            #expect(whole.headers["accept-ranges"] == "bytes")
            #expect(try #require(whole.headers["content-disposition"]).hasPrefix("attachment; filename="))
            let tag = try #require(whole.headers["etag"])
            #expect(tag.hasPrefix("\"") && tag.hasSuffix("\""))

            let known = try await master.api.get(path, ["If-None-Match": tag])
            #expect(known.status == 304 && known.body.isEmpty && known.headers["etag"] == tag)
            let other = try await master.api.get(path, ["If-None-Match": "\"another\""])
            #expect(other.status == 200 && other.body == bytes)

            let part = try await master.api.get(path, ["Range": "bytes=10-19"])
            #expect(part.status == 206 && part.body == bytes[10...19])
            #expect(part.headers["content-range"] == "bytes 10-19/\(bytes.count)")
            let tail = try await master.api.get(path, ["Range": "bytes=-7"])
            #expect(tail.status == 206 && tail.body == bytes.suffix(7))
            let rest = try await master.api.get(path, ["Range": "bytes=100-", "If-Range": tag])
            #expect(rest.status == 206 && rest.body == bytes.dropFirst(100))
            let changed = try await master.api.get(path, ["Range": "bytes=100-", "If-Range": "\"another\""])
            #expect(changed.status == 200 && changed.body == bytes)
            let beyond = try await master.api.get(path, ["Range": "bytes=\(bytes.count)-"])
            try beyond.expectProblem(416, "range-not-satisfiable")
            #expect(beyond.headers["content-range"] == "bytes */\(bytes.count)")
        }

        @Test(arguments: ["source", "result"]) func headHasTheLengthAndNoBody(_ which: String) async throws {
            let (master, bench) = (try SharedMaster.master, try SharedMaster.bench)
            let (job, source, result) = try await finished()
            let answer = try await Curl.answer(["-I", "\(master.url)\(job.path)/\(which)"], in: bench)
            #expect(answer.status == 200)
            #expect(answer.headers["content-length"] == "\(which == "source" ? source.count : result.count)")
            #expect(answer.headers["etag"] != nil)
        }

        @Test func previewIsASmallJPEG() async throws {
            let (master, bench) = (try SharedMaster.master, try SharedMaster.bench)
            for (size, expected) in [((1600, 400), (1024, 256)), ((300, 200), (300, 200))] {
                let job = try await master.submit(TestImage.file(size.0, size.1), transforms: "sepia")
                _ = try await master.completed(job)
                let answer = try await master.api.get("\(job.path)/preview")
                #expect(answer.status == 200 && answer.headers["content-type"] == "image/jpeg")
                let path = bench.file("preview.jpg")
                try answer.body.write(to: URL(filePath: path))
                let header = try ImageHeader.read(path: path)
                #expect(header.fileFormat == .jpeg)
                #expect(header.size == PixelSize(width: expected.0, height: expected.1))
            }
        }

        @Test func deletedJobLeavesNoFile() async throws {
            let master = try SharedMaster.master
            let (job, _, _) = try await finished()
            #expect(master.jobFiles().contains { $0.contains(job.jobId) })
            #expect(try await master.delete(job.jobId).status == 204)
            #expect(!master.jobFiles().contains { $0.contains(job.jobId) })
            try await master.api.get("\(job.path)/result").expectProblem(404, "not-found")
        }

        @Test func onlySourceAndOutputAreKept() async throws {
            let master = try SharedMaster.master
            let (job, _, _) = try await finished()
            // The canvases are removed after the job is shown as completed.
            try await eventually("the canvases are removed", within: 10) {
                master.jobFiles().contains { $0.hasPrefix("canvas/\(job.jobId)") } ? nil : true
            }
            let kept: Set<String> = ["uploads/\(job.jobId)", "outputs/\(job.jobId).bmp", "previews/\(job.jobId).jpg"]
            #expect(Set(master.jobFiles().filter { $0.contains(job.jobId) }) == kept)
        }
    }
}
