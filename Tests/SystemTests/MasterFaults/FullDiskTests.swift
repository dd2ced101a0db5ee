import Foundation
import Testing
import TileCore

extension MasterFaults {
    /// A data directory on a small disk that other files fill.
    @Suite(.serialized, .enabled(if: OwnDisk.isWanted, "needs unshare(1) to be allowed to mount for itself"))
    struct FullDiskTests {
        private static let options = ["--min-size", "64", "--tile-size", "64"]
        private static let slow = SystemTests.SmallTiles.slow

        /// The disk has no byte left, neither for pixels nor for the database.
        @Test func runningJobWaitsForSpaceAndGoesOn() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(Self.options, disk: 32 << 20)
                let source = try TestImage.file(640, 640, .bgra(.eight))
                let job = try await master.submit(source, transforms: Self.slow)
                _ = try await master.underWay(job, done: 10)
                let ballast = Ballast(on: master)
                let waiting = try await eventually("the job waits", within: 90) {
                    // The master may have freed some space, so the rest of the disk is filled again.
                    try ballast.add(32 << 20)
                    let now = try await master.job(job.jobId)
                    return now.message?.contains("the disk of the data directory is full") == true ? now : nil
                }
                #expect(waiting.status == "processing" && waiting.error == nil)

                let uploads = master.jobFiles().filter { $0.hasPrefix("uploads/") }
                #expect(uploads == ["uploads/\(job.jobId)"])
                let detail = try await master.post(source, transforms: "invert").expectProblem(507, "disk-full")
                #expect(detail.contains("disk") || detail.contains("data directory"))
                #expect(master.jobFiles().filter { $0.hasPrefix("uploads/") } == uploads)
                #expect(try await master.api.get("/livez").status == 200)

                try ballast.remove()
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: Self.slow))
                #expect(try await master.job(job.jobId).message == nil)
                let next = try await master.submit(source, transforms: "invert")
                #expect(try await master.completed(next) == WholeImage.result(of: source, transforms: "invert"))
                #expect(!master.process.hasEnded)
            }
        }

        /// Only the reserve is left, and SQLite has to create a file even to read.
        @Test func masterStartsOnAFullDisk() async throws {
            try await Workbench.with { bench in
                let data = bench.file("data")
                let options = Self.options + ["--local-workers", "0"]
                let first = try await bench.startMaster(options, dataDirectory: data)
                let job = try await first.submit(TestImage.file(150, 100), transforms: "invert")
                first.process.send(SIGKILL)
                _ = try await first.process.status(within: 10)
                try FileManager.default.removeItem(atPath: "\(data)/tilework.sqlite3-shm")

                let master = try await bench.startMaster(options, disk: 12 << 20, files: data)
                #expect(try await master.cancel(job.jobId).status == 200)
                #expect(try await master.delete(job.jobId).status == 204)
            }
        }

        /// The reserve is used up, too.
        @Test func startWithoutTheReserveIsRefusedWithTheReason() async throws {
            try await Workbench.with { bench in
                let data = bench.file("data")
                let first = try await bench.startMaster(["--local-workers", "0"], dataDirectory: data)
                first.process.send(SIGKILL)
                _ = try await first.process.status(within: 10)
                for end in ["shm", "reserve"] {
                    try FileManager.default.removeItem(atPath: "\(data)/tilework.sqlite3-\(end)")
                }
                let disk = bench.file("disk")
                let command = try OwnDisk.command(
                    [Programs.master, "serve", "--port", "0", "--data-dir", disk, "--local-workers", "0"], with: disk,
                    bytes: 8 << 20, files: data)
                let text = try await bench.start(command[0], Array(command.dropFirst()), name: "refused").refusal()
                #expect(text.contains("disk of the data directory is full"), "\(text)")
                #expect(text.contains("Free some space"), "\(text)")
            }
        }

        /// A JPEG file that is much smaller than its pixels, which take 9 MB by default.
        private static func large(_ bench: Workbench, _ width: Int = 2000, _ height: Int = 1500) throws -> Data {
            let path = bench.file("large.jpg")
            try WholeImage.write(
                TestImage.photo(width, height), to: path, OutputEncoding(fileFormat: .jpeg, quality: 20))
            return try Data(contentsOf: URL(filePath: path))
        }

        /// There is space for small jobs, but not for the canvas of a larger one.
        @Test func waitingJobDoesNotBlockOthers() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(["--min-size", "64"], disk: 64 << 20)
                let ballast = Ballast(on: master)
                // The database, its log and its reserve take some of the remaining 20 MiB.
                try ballast.add(44 << 20)
                let large = try Self.large(bench, 2500, 2000)
                var jobs: [JobAnswer] = []
                for _ in 0..<3 { jobs.append(try await master.submit(large, transforms: "invert")) }
                for job in jobs {
                    try await eventually("job \(job.jobId) waits", within: 30) {
                        let message = try await master.job(job.jobId).message
                        return message?.contains("the disk of the data directory is full") == true ? true : nil
                    }
                }
                let small = try TestImage.file(300, 200)
                let quick = try await master.submit(small, transforms: "sepia")
                #expect(try await master.completed(quick) == WholeImage.result(of: small, transforms: "sepia"))

                #expect(try await master.cancel(jobs[0].jobId).status == 200)
                #expect(try await master.job(jobs[0].jobId).status == "cancelled")
                #expect(try await master.delete(jobs[1].jobId).status == 204)
                #expect(try await master.retry(jobs[0].jobId).status == 202)

                try ballast.remove()
                let expected = try WholeImage.result(of: large, transforms: "invert")
                for job in [jobs[0], jobs[2]] { #expect(try await master.completed(job) == expected) }
            }
        }

        /// Each job fits alone, but not all together. A job that holds a canvas and waits for the next must not block
        /// the others.
        @Test func jobsThatDoNotFitTogetherAllFinish() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(["--min-size", "64"], disk: 36 << 20)
                let large = try Self.large(bench)
                var jobs: [JobAnswer] = []
                for _ in 0..<4 {
                    // As long as earlier jobs leave no space for the upload, it is refused.
                    let accepted = try await eventually("the upload fits", within: 60) {
                        let answer = try await master.post(large, transforms: "invert")
                        return answer.status == 507 ? nil : answer
                    }
                    #expect(accepted.status == 202, "\(accepted.text)")
                    jobs.append(try accepted.decoded())
                }
                let expected = try WholeImage.result(of: large, transforms: "invert")
                for job in jobs { #expect(try await master.completed(job) == expected) }
            }
        }

        /// If overviews took the space that the result needs, every retry of the job would fail, too.
        @Test func overviewsTakeNoSpaceThatJobsNeed() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(["--min-size", "64"], disk: 128 << 20)
                let empty = try OwnDisk.freeBytes(at: master.dataDirectory)
                let size = PixelSize(width: 4016, height: 4016)
                let path = bench.file("large.jpg")
                try WholeImage.write(
                    TestImage.photo(size.width, size.height, .gray(.eight)), to: path,
                    OutputEncoding(fileFormat: .jpeg, quality: 20))
                let source = try Data(contentsOf: URL(filePath: path))
                let first = try await master.submit(source, transforms: "invert", format: "bmp")
                let expected = try await master.completed(first)
                let overviews = ["source", "result"].map { image in
                    DiskUsage.bytes(ofFile: "\(master.dataDirectory)/previews/\(first.jobId).\(image).tif")
                }
                #expect(overviews.allSatisfy { $0 > 1 << 20 }, "\(overviews)")
                #expect(try await master.delete(first.jobId).status == 204)
                // The space that a job needs without overviews, including the database's.
                let need = source.count + 2 * size.area + expected.count + (3 << 20)
                for part in 0..<4 {
                    let ballast = Ballast(on: master)
                    // Workers keep the canvases of the last job open for some seconds.
                    let free = try await eventually("the last job's space is free") {
                        let free = try OwnDisk.freeBytes(at: master.dataDirectory)
                        return free > empty - (4 << 20) ? free : nil
                    }
                    try ballast.add(free - need - overviews.reduce(0, +) * part / 4)
                    let job = try await master.submit(source, transforms: "invert", format: "bmp")
                    #expect(try await master.completed(job) == expected)
                    #expect(try await master.delete(job.jobId).status == 204)
                    try ballast.remove()
                }
            }
        }

        /// An upload that does not fit leaves no file, and does not affect other jobs.
        @Test func uploadThatDoesNotFitIsRefused() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(Self.options + ["--local-workers", "0"], disk: 12 << 20)
                let before = master.jobFiles()
                let path = bench.file("zeros")
                try Data(count: 16 << 20).write(to: URL(filePath: path))
                let answer = try await Curl.answer(
                    ["--data-binary", "@\(path)", "\(master.url)/api/v1/jobs?transforms=invert"], in: bench)
                try answer.expectProblem(507, "disk-full")
                #expect(master.jobFiles() == before)
                let small = try await master.submit(TestImage.file(150, 100), transforms: "invert")
                #expect(try await master.delete(small.jobId).status == 204)
                #expect(try await master.api.get("/livez").status == 200)
            }
        }
    }
}
