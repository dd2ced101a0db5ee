import Foundation
import Testing
import TileCore

@testable import MasterDaemon

extension CodecFaults {
    /// Small files whose decoding takes as much memory, time or disk space as the format allows. Each job ends within
    /// the limits, and its reason names the limit.
    @Suite(.serialized) struct CodecBombTests {
        /// `--max-storage` of the masters, in bytes.
        private static let storage = 3_000_000_000

        @Test(arguments: ImageFileFormat.allCases)
        func everyBombEndsWithinTheLimits(format: ImageFileFormat) async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(["--max-storage", "3GB"])
                for bomb in try await Bomb.all(format.rawValue, in: bench) {
                    try await expectEnd(of: bomb, format, master)
                    #expect(!master.process.hasEnded, "\(bomb.name)")
                }
                let source = try TestImage.file(1100, 1030)
                let job = try await master.submit(source, transforms: "invert")
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: "invert"))
            }
        }

        private func expectEnd(of bomb: Bomb, _ format: ImageFileFormat, _ master: MasterProcess) async throws {
            var limits = CodecLimits.header(sourceBytes: bomb.file.count).memory
            let peak = try await master.peak {
                let answer = try await master.post(bomb.file, transforms: "invert", format: "png")
                guard answer.status == 202 else {
                    #expect(bomb.outcome == "refused" && [415, 422].contains(answer.status), "\(bomb.name)")
                    #expect(answer.text.contains(bomb.words), "\(bomb.name): \(answer.text)")
                    return
                }
                let job = try await master.final(try answer.decoded(JobAnswer.self).jobId, within: 180)
                let size = PixelSize(width: job.size.width, height: job.size.height)
                let decoding = CodecLimits.decoding(size, sourceBytes: bomb.file.count, format)
                let encoding = CodecLimits.encoding(size, sourceBytes: bomb.file.count, .png)
                limits = max(limits, decoding.memory, encoding.memory)
                #expect(job.status == (bomb.outcome == "done" ? "completed" : "failed"), "\(bomb.name)")
                let said = [job.error ?? ""] + (job.notes)
                #expect(bomb.words.isEmpty || said.contains { $0.contains(bomb.words) }, "\(bomb.name): \(said)")
                #expect(!said.contains { $0.contains("signal") || $0.contains("internal") }, "\(bomb.name): \(said)")
                #expect(try await master.delete(job.jobId).status == 204, "\(bomb.name)")
            }
            #expect(peak.codec <= limits, "\(bomb.name)")
            // Of the other formats TIFF needs most, because its tiles of up to 256 MiB can hold WebP data.
            if format != .webp { #expect(peak.codec <= 640 << 20, "\(bomb.name)") }
            #expect(peak.master <= 300_000_000, "\(bomb.name)")
            #expect(peak.disk <= Self.storage, "\(bomb.name)")
        }

        @Test func imageThatExceedsTheStorageIsRefused() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(["--max-storage", "100MB"])
                let bombs = try await Bomb.all("webp", in: bench)
                let large = try #require(bombs.first { $0.name == "lossless" })
                let before = master.jobFiles()
                let detail = try await master.post(large.file, transforms: "invert", format: "png")
                    .expectProblem(422, "too-many-pixels")
                #expect(detail.contains("--max-storage"))
                #expect(master.jobFiles() == before)
                let job = try await master.submit(TestImage.file(1100, 1030), transforms: "invert")
                _ = try await master.completed(job)
            }
        }
    }
}
