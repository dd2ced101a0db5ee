import Foundation
import Testing
import TileCore

extension SystemTests {
    /// A master with default options.
    @Suite(.serialized, .sharedMaster()) struct LargeImageTests {
        private static let transforms = "grayscale,blur:ksize=31,sharpen"

        @Test func pngComesBackAsTheWholeImageWould() async throws {
            let master = try SharedMaster.master
            let source = try TestImage.file(3000, 2000)
            let job = try await master.submit(source, transforms: Self.transforms)
            #expect(job.size == JobAnswer.Size(width: 3000, height: 2000))
            #expect(job.tileSize == 512)
            #expect(job.progress.total == 24)
            let result = try await master.completed(job)
            #expect(try result == WholeImage.result(of: source, transforms: Self.transforms))
        }

        @Test func twoJobsAtOnceBothFinish() async throws {
            let master = try SharedMaster.master
            let sources = try [
                TestImage.file(2100, 1500, as: .jpeg, seed: 2), TestImage.file(1500, 2100, as: .jpeg, seed: 3),
            ]
            let transforms = ["sepia,blur:ksize=15", "contrast,median:ksize=5"]
            let first = try await master.submit(sources[0], transforms: transforms[0])
            let second = try await master.submit(sources[1], transforms: transforms[1])
            let firstResult = try await master.completed(first)
            let secondResult = try await master.completed(second)
            #expect(try firstResult == WholeImage.result(of: sources[0], transforms: transforms[0]))
            #expect(try secondResult == WholeImage.result(of: sources[1], transforms: transforms[1]))
        }

        @Test func formOfCurlGivesTheSameAsARawUpload() async throws {
            let (master, bench) = (try SharedMaster.master, try SharedMaster.bench)
            let source = try TestImage.file(1300, 1100, seed: 4)
            let path = bench.file("photo of a cat.png")
            try source.write(to: URL(filePath: path))
            let form = try await Curl.form(
                ["file=@\(path)", "transforms=emboss,invert", "format=jpeg", "quality=80"], to: master, in: bench)
            try #require(form.status == 202, "\(form.text)")
            let formJob: JobAnswer = try form.decoded()
            #expect(formJob.filename == "photo of a cat.png")
            #expect(form.headers["location"] == formJob.path)
            let raw = try await Curl.answer(
                [
                    "--data-binary", "@\(path)", "-H", "Content-Type: image/png",
                    "\(master.url)/api/v1/jobs?transforms=emboss,invert&format=jpeg&quality=80&filename=cat.png",
                ],
                in: bench)
            try #require(raw.status == 202, "\(raw.text)")
            let rawJob: JobAnswer = try raw.decoded()
            let result = try await master.completed(formJob)
            #expect(try await master.completed(rawJob) == result)
            #expect(
                try result == WholeImage.result(of: source, transforms: "emboss,invert", format: .jpeg, quality: 80))
        }

        @Test func wideHaloTakesSeveralPasses() async throws {
            let master = try SharedMaster.master
            let source = try TestImage.file(1600, 1200, seed: 6)
            let transforms = Array(repeating: "blur:ksize=255", count: 6).joined(separator: ",")
            let job = try await master.submit(source, transforms: transforms)
            // The six halos together would exceed the maximum pixels of a tile.
            let map = try await master.tiles(job.jobId)
            #expect(map.passes > 1)
            #expect(job.progress.total == map.passes * map.columns * map.rows)
            #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: transforms))
        }

        @Test func smallImageIsRefused() async throws {
            let master = try SharedMaster.master
            let before = master.jobFiles()
            let detail = try await master.post(TestImage.file(10, 10), transforms: "invert")
                .expectProblem(422, "image-too-small")
            #expect(detail.contains("10×10") && detail.contains("1024×1024"))
            #expect(master.jobFiles() == before)
        }
    }
}
