import Foundation
import Testing
import TileCore

extension SystemTests {
    /// Uploads that become no job. Each is answered with a problem, and leaves no file.
    @Suite(
        .serialized,
        .sharedMaster("--local-workers", "0", "--max-pixels", "4000000", "--max-upload-bytes", "2000000"))
    struct RefusalTests {
        private func refusal(_ upload: Data, transforms: String = "invert", format: String? = nil) async throws
            -> Answer
        {
            let master = try SharedMaster.master
            let before = master.jobFiles()
            let answer = try await master.post(upload, transforms: transforms, format: format)
            #expect(master.jobFiles() == before)
            let jobs: JobListAnswer = try await master.api.get("/api/v1/jobs").decoded()
            #expect(jobs.jobs.isEmpty)
            return answer
        }

        @Test func textFileIsRefused() async throws {
            let text = Data(String(repeating: "This is no image. ", count: 1000).utf8)
            try await refusal(text).expectProblem(415, "not-an-image")
        }

        @Test func emptyUploadIsRefused() async throws {
            try await refusal(Data()).expectProblem(415, "not-an-image")
        }

        @Test func tooSmallImageIsRefused() async throws {
            let detail = try await refusal(TestImage.file(10, 10)).expectProblem(422, "image-too-small")
            #expect(detail.contains("10×10"))
        }

        @Test func tooManyPixelsAreRefusedByTheHeader() async throws {
            // The file has 70 bytes, and its header claims 400 megapixels. So it is refused by its header alone.
            let header = PNGFile.withoutPixels(width: 20_000, height: 20_000, color: .rgb)
            let detail = try await refusal(header).expectProblem(422, "too-many-pixels")
            #expect(detail.contains("20000×20000") && detail.contains("4000000"))
        }

        @Test(arguments: ["blurr", "blur:ksize=4", "blur:radius=3", "", "invert,,invert", "[{\"nam\":\"invert\"}]"])
        func invalidTransformsAreRefused(_ transforms: String) async throws {
            let image = try TestImage.file(1100, 1100, as: .jpeg)
            let detail = try await refusal(image, transforms: transforms).expectProblem(422, "bad-transforms")
            if transforms == "blurr" { #expect(detail.contains("blurr") && detail.contains("blur,")) }
        }

        @Test func unknownFormatIsRefused() async throws {
            let image = try TestImage.file(1100, 1100, as: .jpeg)
            let detail = try await refusal(image, format: "gif").expectProblem(400, "bad-request")
            #expect(detail.contains("gif") && detail.contains("webp"))
        }

        @Test func formatThatCannotHoldTheResultIsRefused() async throws {
            let image = PNGFile.withoutPixels(width: 1200, height: 1200, color: .rgb, depth: 16)
            let detail = try await refusal(image, format: "jpeg").expectProblem(422, "format-cannot-hold-result")
            #expect(detail.contains("JPEG") && detail.contains("png, tiff"))
        }

        @Test(arguments: [true, false]) func tooManyBytesAreRefused(announced: Bool) async throws {
            let (master, bench) = (try SharedMaster.master, try SharedMaster.bench)
            let before = master.jobFiles()
            let path = bench.file("large.bin")
            try Data(count: 30_000_000).write(to: URL(filePath: path))
            let url = "\(master.url)/api/v1/jobs?transforms=invert"
            let chunked = announced ? [] : ["-H", "Transfer-Encoding: chunked"]
            let raw = try await Curl.answer(chunked + ["--data-binary", "@\(path)", url], in: bench)
            let detail = try raw.expectProblem(413, "upload-too-large")
            #expect(detail.contains("2000000"))
            let form = try await Curl.form(
                ["file=@\(path)", "transforms=invert"], to: master, in: bench, chunked)
            try form.expectProblem(413, "upload-too-large")
            #expect(master.jobFiles() == before)
        }

        @Test func incompleteFormsAreRefused() async throws {
            let (master, bench) = (try SharedMaster.master, try SharedMaster.bench)
            let before = master.jobFiles()
            let path = bench.file("image.jpg")
            try TestImage.file(1100, 1100, as: .jpeg).write(to: URL(filePath: path))
            let noFile = try await Curl.form(["transforms=invert"], to: master, in: bench)
            #expect(try noFile.expectProblem(400, "bad-request").contains("'file'"))
            let noSteps = try await Curl.form(["file=@\(path)"], to: master, in: bench)
            #expect(try noSteps.expectProblem(422, "bad-transforms").contains("'transforms'"))
            let twoFiles = try await Curl.form(
                ["file=@\(path)", "file=@\(path)", "transforms=invert"], to: master, in: bench)
            try twoFiles.expectProblem(400, "bad-request")
            #expect(master.jobFiles() == before)
        }

        @Test func brokenOffUploadLeavesNoFile() async throws {
            let (master, bench) = (try SharedMaster.master, try SharedMaster.bench)
            let before = master.jobFiles()
            let path = bench.file("slow.bin")
            try Data(count: 1_900_000).write(to: URL(filePath: path))
            let client = try await bench.start(
                "/usr/bin/curl",
                [
                    "-sS", "--limit-rate", "100k", "--data-binary", "@\(path)",
                    "\(master.url)/api/v1/jobs?transforms=invert",
                ],
                name: "curl")
            try await eventually("the upload has begun") { master.jobFiles() != before ? true : nil }
            client.send(SIGKILL)
            try await eventually("the file is removed", within: 10) { master.jobFiles() == before ? true : nil }
            let jobs: JobListAnswer = try await master.api.get("/api/v1/jobs").decoded()
            #expect(jobs.jobs.isEmpty)
        }

        /// In these formats the header tells how many bytes there should be.
        @Test(arguments: [ImageFileFormat.bmp, .tiff])
        func truncatedImageIsRefusedByItsHeader(_ format: ImageFileFormat) async throws {
            let image = try TestImage.file(1100, 1100, as: format)
            try await refusal(image.prefix(image.count / 2)).expectProblem(422, "damaged-image")
        }

        /// In these formats the damage shows when the pixels are read. The job fails with the row.
        @Test(arguments: [ImageFileFormat.png, .jpeg, .webp])
        func truncatedPixelsFailTheJobWithTheirRow(_ format: ImageFileFormat) async throws {
            let master = try SharedMaster.master
            let before = master.jobFiles()
            let image = try TestImage.file(1100, 1100, as: format)
            let job = try await master.submit(image.prefix(image.count / 2), transforms: "invert")
            let final = try await master.final(job.jobId)
            #expect(final.status == "failed")
            #expect(final.error?.contains("the first damaged row is") == true, "\(final.error ?? "")")
            #expect(try await master.delete(job.jobId).status == 204)
            #expect(master.jobFiles() == before)
        }
    }
}
