import Foundation
import Logging
import NIOCore
import Synchronization
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

/// The views of large finished jobs, and their cost.
@Suite(.timeLimit(.minutes(10))) struct OverviewServiceTests {
    /// The whole image, scaled down so far that an overview is enough.
    private static let small = RegionQuery(side: 400, encoding: .png)

    private let test = RegionBench()
    private var codecs: CountingCodecs.Counts { test.codecs }
    private var logs: RecordedWarnings { test.logs }

    @Test func smallRegionsDecodeNoWholeImage() async throws {
        let bench = try test.bench()
        try await bench.running { service in
            let job = try await test.done(service)
            #expect(test.overviews(bench) == ["previews/\(job.jobID).source.tif", "previews/\(job.jobID).result.tif"])
            let output = service.files.path(try #require(job.outputPath))
            for query in [
                Self.small, RegionQuery(side: 650), RegionQuery(x: 0, y: 512, width: 1024, height: 512, side: 256),
                RegionQuery(x: 1024, y: 1024, side: 100), RegionQuery(x: 77, y: 33, width: 999, height: 801, side: 300),
            ] {
                let source = try await service.sourceRegion(job.jobID, query)
                let result = try await service.resultRegion(job.jobID, query)
                #expect(source.pass == nil && result.pass == nil)
                #expect(try test.distance(source, query, service.files.source(job.jobID), bench.folder) < 3, "\(query)")
                #expect(try test.distance(result, query, output, bench.folder) < 3, "\(query)")
            }
            #expect(codecs.decodings == 0 && codecs.overviews == 10)
        }
    }

    @Test func aSmallImageHasNoOverviews() async throws {
        let bench = try test.bench(overviewArea: RegionBench.side * RegionBench.side)
        try await bench.running { service in
            let job = try await test.done(service)
            #expect(test.overviews(bench).isEmpty)
            _ = try await service.resultRegion(job.jobID, Self.small)
            _ = try await service.resultRegion(job.jobID, Self.small)
            #expect(codecs.decodings == 1 && codecs.overviews == 0)
        }
    }

    /// The preview is made at the job's end, and again if its file was lost.
    @Test func previewsComeFromOverviews() async throws {
        let bench = try test.bench()
        try await bench.running { service in
            let job = try await test.submit(service, side: 2100)
            await service.runner.settled(job.jobID)
            #expect(codecs.overviews == 1)
            codecs.reset()
            let preview = URL(filePath: service.files.preview(job.jobID))
            let bytes = try Data(contentsOf: preview)
            try FileManager.default.removeItem(at: preview)
            #expect(
                try await service.preview(job.jobID, side: PreviewMaker.side).picture.file == ByteBuffer(bytes: bytes))
            #expect(codecs.decodings == 0 && codecs.overviews == 1)
        }
    }

    @Test func overviewsSurviveARestart() async throws {
        let first = try test.bench()
        let job = try await first.running { service in
            let job = try await test.done(service)
            // A crash leaves such a file.
            try Data([1]).write(to: URL(filePath: service.files.makingOverviews(job.jobID, .result)))
            return job
        }
        let kept = test.overviews(first).filter { !$0.contains(".part") }
        first.service.files.removeStrays(keeping: [job.jobID])
        #expect(kept.count == 2 && test.overviews(first) == kept)
        let second = try test.bench(folder: first.folder)
        try await second.running { service in
            _ = try await service.sourceRegion(job.jobID, Self.small)
            _ = try await service.resultRegion(job.jobID, Self.small)
            #expect(codecs.decodings == 0 && codecs.overviews == 2)
        }
    }

    /// The first run decoded the source, and the second made the result.
    @Test func aRestartInTheMiddle() async throws {
        let first = try test.bench()
        let job = try await first.running { service in
            first.transport.hold()
            let job = try await test.submit(first.service)
            await first.transport.waitUntilSent(2)
            while !first.jobFiles.contains("canvas/\(job.jobID)/0.raw") { await Task.yield() }
            return job
        }
        #expect(test.overviews(first) == ["previews/\(job.jobID).source.tif"])
        codecs.reset()
        let second = try test.bench(folder: first.folder)
        try await second.running { service in
            while try await service.job(job.jobID).generation < 2 { await Task.yield() }
            await service.runner.settled(job.jobID)
            #expect(try second.isRight(try await service.job(job.jobID)))
            #expect(test.overviews(second).count == 2)
            _ = try await service.sourceRegion(job.jobID, Self.small)
            _ = try await service.resultRegion(job.jobID, Self.small)
            #expect(codecs.decodings == 0)
        }
    }

    @Test func overviewsAreCountedAndGoWithTheirJob() async throws {
        let bench = try test.bench()
        try await bench.running { service in
            let job = try await test.done(service)
            let files = service.files
            let sizes = JobImage.allCases.map { DiskUsage.bytes(ofFile: files.overviews(job.jobID, $0)) }
            #expect(sizes.allSatisfy { $0 > 0 })
            let all = files.storedBytes(of: job.jobID, job.format)
            files.remove(files.overviews(job.jobID, .source))
            #expect(all - files.storedBytes(of: job.jobID, job.format) == sizes[0])
            try await service.delete(job.jobID)
            #expect(bench.jobFiles.isEmpty)
        }
    }

    @Test(arguments: JobImage.allCases) func imagesWithoutIntactOverviewsAreDecodedAsAWhole(image: JobImage)
        async throws
    {
        let bench = try test.bench()
        try await bench.running { service in
            let job = try await test.done(service)
            let path = service.files.overviews(job.jobID, image)
            let query = RegionQuery(side: 300, encoding: .png)
            func region() async throws -> JobService.Region {
                image == .source
                    ? try await service.sourceRegion(job.jobID, query)
                    : try await service.resultRegion(job.jobID, query)
            }
            let file =
                image == .source ? service.files.source(job.jobID) : service.files.path(try #require(job.outputPath))
            // Damages the tiles. The directory at the end of the file stays intact.
            var bytes = try Data(contentsOf: URL(filePath: path))
            for place in 16..<bytes.count * 3 / 4 { bytes[place] = 0 }
            try bytes.write(to: URL(filePath: path))
            #expect(try test.distance(try await region(), query, file, bench.folder) == 0)
            #expect(codecs.decodings == 1)
            #expect(logs.all.count == 1 && logs.all[0].contains("overviews cannot be read"))
            #expect(!FileManager.default.fileExists(atPath: path))
            // A missing file is not logged.
            #expect(try test.distance(try await region(), query, file, bench.folder) == 0)
            #expect(logs.all.count == 1)
        }
    }

    /// The overviews may have taken the space that the result needed.
    @Test func aJobThatFoundAFullDiskGoesOnWithoutOverviews() async throws {
        codecs.fullDisks = 1
        let bench = try test.bench()
        try await bench.running { service in
            let job = try await test.done(service)
            #expect(job.generation == 2)
            #expect(try bench.isRight(job))
            #expect(test.overviews(bench).isEmpty)
            // The next job makes overviews again.
            _ = try await test.done(service)
            #expect(test.overviews(bench).count == 2)
        }
    }

    @Test func aJobWhoseOverviewsCannotBeMadeIsDone() async throws {
        codecs.breaksOverviews = true
        let bench = try test.bench()
        try await bench.running { service in
            let job = try await test.done(service)
            #expect(try bench.isRight(job) && job.generation == 1)
            #expect(test.overviews(bench).isEmpty)
            #expect(logs.all.count == 2 && logs.all.allSatisfy { $0.contains("no overviews of the") }, "\(logs.all)")
            _ = try await service.resultRegion(job.jobID, Self.small)
            #expect(codecs.decodings == 1)
        }
    }

    @Test func aCancelledJobHasOverviewsOfItsSource() async throws {
        let bench = try test.bench()
        try await bench.running { service in
            bench.transport.hold()
            let job = try await test.submit(service)
            await bench.transport.waitUntilSent(2)
            while !bench.jobFiles.contains("canvas/\(job.jobID)/0.raw") { await Task.yield() }
            _ = try await service.cancel(job.jobID)
            bench.transport.release()
            await service.runner.settled(job.jobID)
            #expect(test.overviews(bench) == ["previews/\(job.jobID).source.tif"])
            codecs.reset()
            _ = try await service.sourceRegion(job.jobID, Self.small)
            #expect(codecs.decodings == 0 && codecs.overviews == 1)
        }
    }
}
