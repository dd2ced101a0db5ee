import Foundation
import Logging
import Synchronization
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

/// What is seen of the images of large finished jobs, and what it costs.
@Suite(.timeLimit(.minutes(10))) struct OverviewServiceTests {
    private static let side = 1300
    /// The longest side of a quarter of the image.
    private static let small = RegionQuery(side: 400, encoding: .png)

    private let codecs = CountingCodecs.Counts()
    private let logs = Logs()

    private func bench(folder: TestFolder? = nil, overviewArea: Int = 1_000_000) throws -> ServiceBench {
        try ServiceBench(
            folder: folder, tileSize: 512, overviewArea: overviewArea, logger: logs.logger
        ) { [codecs] in CountingCodecs($0, codecs) }
    }

    /// Accepts an image that is smooth, as photographs are.
    private func submit(_ service: JobService, side: Int = Self.side) async throws -> JobRecord {
        let (id, size) = (JobID.make(), PixelSize(width: side, height: side - 20))
        let waves = (0..<2 * side).map { UInt8((sin(Double($0) / 31) + 1) * 60) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size.area * 3)
        for y in 0..<size.height {
            for x in 0..<size.width { bytes += [waves[x] + waves[y], waves[x + y] * 2, waves[x] * 2] }
        }
        let pixels = PixelBuffer(adopting: OwnedBytes(copying: bytes), size: size, format: .bgr(.eight))
        try Data(pixels.png()).write(to: URL(filePath: service.files.source(id)))
        return try await service.submit(
            id, JobRequest(filename: "a.png") { ["transforms": "invert", "format": "png"][$0] })
    }

    private func done(_ bench: ServiceBench, _ service: JobService) async throws -> JobRecord {
        let job = try await submit(service)
        await service.runner.settled(job.jobID)
        let done = try await service.job(job.jobID)
        #expect(done.status == .completed)
        codecs.reset()
        return done
    }

    private func overviews(_ bench: ServiceBench) -> Set<String> { bench.jobFiles.filter { $0.hasSuffix(".tif") } }

    private func pixels(_ picture: Picture, in folder: TestFolder) throws -> PixelBuffer {
        let path = try folder.write(picture.bytes, to: "picture-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try MasterDaemonTests.pixels(ofFile: path)
    }

    /// How far a picture is from the region of the file, made smaller by OpenCV: the mean of samples.
    private func distance(
        _ region: JobService.Region, _ query: RegionQuery, _ path: String, _ folder: TestFolder
    ) throws -> Double {
        let part = try MasterDaemonTests.pixels(ofFile: path).copy(region.region)
        let expected = try part.shrunk(toFit: query.side)
        let shown = try pixels(region.picture, in: folder)
        try #require(shown.size == expected.size)
        var samples: ([UInt8], [UInt8]) = ([], [])
        shown.forEachRow { row in samples.0 += [UInt8](copying: row) }
        expected.forEachRow { row in samples.1 += [UInt8](copying: row) }
        return Double(zip(samples.0, samples.1).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) })
            / Double(samples.0.count)
    }

    @Test func smallRegionsDecodeNoWholeImage() async throws {
        let bench = try bench()
        try await bench.running { service in
            let job = try await done(bench, service)
            #expect(overviews(bench) == ["previews/\(job.jobID).source.tif", "previews/\(job.jobID).result.tif"])
            let output = service.files.path(try #require(job.outputPath))
            for query in [
                Self.small, RegionQuery(side: 650), RegionQuery(x: 0, y: 512, width: 1024, height: 512, side: 256),
                RegionQuery(x: 1024, y: 1024, side: 100), RegionQuery(x: 77, y: 33, width: 999, height: 801, side: 300),
            ] {
                let source = try await service.sourceRegion(job.jobID, query)
                let result = try await service.resultRegion(job.jobID, query)
                #expect(source.isFinal && result.isFinal)
                #expect(try distance(source, query, service.files.source(job.jobID), bench.folder) < 3, "\(query)")
                #expect(try distance(result, query, output, bench.folder) < 3, "\(query)")
            }
            #expect(codecs.decodings == 0 && codecs.overviews == 10)
        }
    }

    @Test func regionsInFullAreExact() async throws {
        let bench = try bench()
        try await bench.running { service in
            let job = try await done(bench, service)
            let query = RegionQuery(x: 700, y: 600, width: 512, height: 333, encoding: .png)
            let result = try await service.resultRegion(job.jobID, query)
            let file = try MasterDaemonTests.pixels(ofFile: service.files.path(#require(job.outputPath)))
            let expected = file.copy(result.region)
            #expect(try pixels(result.picture, in: bench.folder).hasSamePixels(as: expected))
            #expect(codecs.overviews == 0)
        }
    }

    @Test func aSmallImageHasNone() async throws {
        let bench = try bench(overviewArea: Self.side * Self.side)
        try await bench.running { service in
            let job = try await done(bench, service)
            #expect(overviews(bench).isEmpty)
            _ = try await service.resultRegion(job.jobID, Self.small)
            _ = try await service.resultRegion(job.jobID, Self.small)
            #expect(codecs.decodings == 1 && codecs.overviews == 0)
        }
    }

    /// Made when the job ended, and again for one whose file was lost.
    @Test func previewsComeFromThem() async throws {
        let bench = try bench()
        try await bench.running { service in
            let job = try await submit(service, side: 2100)
            await service.runner.settled(job.jobID)
            #expect(codecs.overviews == 1)
            codecs.reset()
            let preview = URL(filePath: service.files.preview(job.jobID))
            let bytes = try Data(contentsOf: preview)
            try FileManager.default.removeItem(at: preview)
            #expect(try await service.preview(job.jobID, side: PreviewMaker.side).bytes == [UInt8](bytes))
            #expect(codecs.decodings == 0 && codecs.overviews == 1)
        }
    }

    @Test func theySurviveARestart() async throws {
        let first = try bench()
        let job = try await first.running { service in
            let job = try await done(first, service)
            // As a crash leaves it.
            try Data([1]).write(to: URL(filePath: service.files.makingOverviews(job.jobID, .result)))
            return job
        }
        let kept = overviews(first).filter { !$0.contains(".part") }
        first.service.files.removeStrays(keeping: [job.jobID])
        #expect(kept.count == 2 && overviews(first) == kept)
        let second = try bench(folder: first.folder)
        try await second.running { service in
            _ = try await service.sourceRegion(job.jobID, Self.small)
            _ = try await service.resultRegion(job.jobID, Self.small)
            #expect(codecs.decodings == 0 && codecs.overviews == 2)
        }
    }

    /// The source was decoded by the first run, and the result was made by the second.
    @Test func aRestartInTheMiddle() async throws {
        let first = try bench()
        let job = try await first.running { service in
            first.transport.hold()
            let job = try await submit(first.service)
            await first.transport.waitUntilSent(2)
            while !first.jobFiles.contains("canvas/\(job.jobID)/0.raw") { await Task.yield() }
            return job
        }
        #expect(overviews(first) == ["previews/\(job.jobID).source.tif"])
        codecs.reset()
        let second = try bench(folder: first.folder)
        try await second.running { service in
            while try await service.job(job.jobID).generation < 2 { await Task.yield() }
            await service.runner.settled(job.jobID)
            #expect(try second.isRight(try await service.job(job.jobID)))
            #expect(overviews(second).count == 2)
            _ = try await service.sourceRegion(job.jobID, Self.small)
            _ = try await service.resultRegion(job.jobID, Self.small)
            #expect(codecs.decodings == 0)
        }
    }

    @Test func theyAreCountedAndGoWithTheirJob() async throws {
        let bench = try bench()
        try await bench.running { service in
            let job = try await done(bench, service)
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

    @Test(arguments: JobImage.allCases) func whatIsMissingOrDamagedIsDecodedAsAWhole(image: JobImage) async throws {
        let bench = try bench()
        try await bench.running { service in
            let job = try await done(bench, service)
            let path = service.files.overviews(job.jobID, image)
            let query = RegionQuery(side: 300, encoding: .png)
            func region() async throws -> JobService.Region {
                image == .source
                    ? try await service.sourceRegion(job.jobID, query)
                    : try await service.resultRegion(job.jobID, query)
            }
            let file =
                image == .source ? service.files.source(job.jobID) : service.files.path(try #require(job.outputPath))
            // The beginnings of tiles: the directory is whole.
            var bytes = try Data(contentsOf: URL(filePath: path))
            for place in 16..<bytes.count * 3 / 4 { bytes[place] = 0 }
            try bytes.write(to: URL(filePath: path))
            #expect(try distance(try await region(), query, file, bench.folder) == 0)
            #expect(codecs.decodings == 1)
            #expect(logs.all.count == 1 && logs.all[0].contains("overviews cannot be read"))
            #expect(!FileManager.default.fileExists(atPath: path))
            // Missing, so that there is nothing to say.
            #expect(try distance(try await region(), query, file, bench.folder) == 0)
            #expect(logs.all.count == 1)
        }
    }

    /// Overviews may have taken just the bytes that the result lacked.
    @Test func aJobThatFoundAFullDiskGoesOnWithoutThem() async throws {
        codecs.fullDisks = 1
        let bench = try bench()
        try await bench.running { service in
            let job = try await done(bench, service)
            #expect(job.generation == 2)
            #expect(try bench.isRight(job))
            #expect(overviews(bench).isEmpty)
            // The next job is another matter.
            _ = try await done(bench, service)
            #expect(overviews(bench).count == 2)
        }
    }

    @Test func aJobWhoseOverviewsCannotBeMadeIsDone() async throws {
        codecs.breaksOverviews = true
        let bench = try bench()
        try await bench.running { service in
            let job = try await done(bench, service)
            #expect(try bench.isRight(job) && job.generation == 1)
            #expect(overviews(bench).isEmpty)
            #expect(logs.all.count == 2 && logs.all.allSatisfy { $0.contains("no overviews of the") }, "\(logs.all)")
            _ = try await service.resultRegion(job.jobID, Self.small)
            #expect(codecs.decodings == 1)
        }
    }

    @Test func aCancelledJobHasThoseOfItsSource() async throws {
        let bench = try bench()
        try await bench.running { service in
            bench.transport.hold()
            let job = try await submit(service)
            await bench.transport.waitUntilSent(2)
            while !bench.jobFiles.contains("canvas/\(job.jobID)/0.raw") { await Task.yield() }
            _ = try await service.cancel(job.jobID)
            bench.transport.release()
            await service.runner.settled(job.jobID)
            #expect(overviews(bench) == ["previews/\(job.jobID).source.tif"])
            codecs.reset()
            _ = try await service.sourceRegion(job.jobID, Self.small)
            #expect(codecs.decodings == 0 && codecs.overviews == 1)
        }
    }
}

/// What was logged as a warning or worse.
private final class Logs: Sendable {
    private let state = Mutex<[String]>([])
    var all: [String] { state.withLock { $0 } }
    var logger: Logger { Logger(label: "test") { _ in Handler(logs: self) } }

    private struct Handler: LogHandler {
        let logs: Logs
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.warning

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { logs.state.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") } }
    }
}
