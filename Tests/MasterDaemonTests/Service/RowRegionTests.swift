import Foundation
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

/// Regions of large finished jobs in full resolution: only the rows around a region are decoded.
@Suite(.timeLimit(.minutes(10))) struct RowRegionTests {
    private static let queries = [
        RegionQuery(x: 700, y: 600, width: 512, height: 333, encoding: .png),
        RegionQuery(x: 0, y: 1024, width: 512, height: 256, encoding: .png),
        RegionQuery(x: 1299, y: 1279, width: 1, height: 1, encoding: .png),
        RegionQuery(x: 3, y: 500, width: 1001, height: 30, encoding: .png),
        // More than half the size, so that overviews are too small.
        RegionQuery(x: 10, y: 20, width: 1200, height: 1100, side: 700, encoding: .png),
    ]

    private let test = RegionBench()
    private var codecs: CountingCodecs.Counts { test.codecs }

    private func expectExact(
        _ queries: [RegionQuery], of path: String, _ bench: ServiceBench,
        _ region: (RegionQuery) async throws -> JobService.Region
    ) async throws {
        for query in queries {
            #expect(try test.distance(try await region(query), query, path, bench.folder) == 0, "\(query)")
        }
    }

    @Test(arguments: [ImageFileFormat.png, .jpeg, .tiff, .bmp]) func regionsOfAResult(format: ImageFileFormat)
        async throws
    {
        let bench = try test.bench()
        try await bench.running { service in
            let job = try await test.done(service, to: format)
            let path = service.files.path(try #require(job.outputPath))
            try await expectExact(Self.queries, of: path, bench) { try await service.resultRegion(job.jobID, $0) }
            #expect(codecs.decodings == 0 && test.logs.all.isEmpty)
            // Two of the regions are in the same rows.
            #expect(codecs.rows == [512..<1024, 1024..<1280, 0..<1024, 0..<1280])
        }
    }

    @Test(arguments: [ImageFileFormat.tiff, .bmp]) func regionsOfASourceThatNeedsNoIndex(format: ImageFileFormat)
        async throws
    {
        let bench = try test.bench()
        try await bench.running { service in
            let job = try await test.done(service, as: format)
            try await expectExact(Self.queries, of: service.files.source(job.jobID), bench) {
                try await service.sourceRegion(job.jobID, $0)
            }
            #expect(codecs.decodings == 0 && codecs.rows.count == 4)
        }
    }

    /// PNG and JPEG files from elsewhere have no index, and WebP files cannot have one.
    @Test func filesWithoutAnIndexAreDecodedAsAWhole() async throws {
        let bench = try test.bench()
        try await bench.running { service in
            let job = try await test.done(service, as: .jpeg, to: .webp)
            try await expectExact(Self.queries, of: service.files.source(job.jobID), bench) {
                try await service.sourceRegion(job.jobID, $0)
            }
            let path = service.files.path(try #require(job.outputPath))
            try await expectExact(Self.queries, of: path, bench) { try await service.resultRegion(job.jobID, $0) }
            #expect(codecs.decodings == 2 && codecs.rows.isEmpty && test.logs.all.isEmpty)
        }
    }

    /// After a restart, the index is read with the overviews. A result of an earlier release has none, and is decoded as a
    /// whole.
    @Test func theIndexIsKeptWithTheOverviews() async throws {
        let first = try test.bench()
        let job = try await first.running { try await test.done($0) }
        let second = try test.bench(folder: first.folder)
        try await second.running { service in
            let path = service.files.path(try #require(job.outputPath))
            try await expectExact([Self.queries[0]], of: path, second) { try await service.resultRegion(job.jobID, $0) }
            #expect(codecs.decodings == 0 && codecs.rows == [512..<1024])
            await service.views.forget(job.jobID)
            service.files.removeOverviews(job.jobID)
            try await expectExact([Self.queries[0]], of: path, second) { try await service.resultRegion(job.jobID, $0) }
            #expect(codecs.decodings == 1)
        }
    }

    @Test func anIndexThatDoesNotFitIsReported() async throws {
        let bench = try test.bench()
        try await bench.running { service in
            let job = try await test.done(service)
            let (index, path) = (
                URL(filePath: service.files.overviews(job.jobID, .result)),
                service.files.path(try #require(job.outputPath))
            )
            var bytes = try Data(contentsOf: index)
            // The first number is the rows of a band. The count of the numbers is stored before the end.
            bytes[bytes.count - 16 - 8 * Int(bytes[bytes.count - 16])] ^= 1
            try bytes.write(to: index)
            try await expectExact(Self.queries, of: path, bench) { try await service.resultRegion(job.jobID, $0) }
            #expect(codecs.decodings == 1 && codecs.rows.isEmpty)
            #expect(test.logs.all.count == 1 && test.logs.all[0].contains("cannot decode rows"))
        }
    }

    @Test func rowsOfASmallImageAreNotWorthIt() async throws {
        let bench = try test.bench(overviewArea: RegionBench.side * RegionBench.side)
        try await bench.running { service in
            let job = try await test.done(service, to: .tiff)
            _ = try await service.resultRegion(job.jobID, Self.queries[0])
            #expect(codecs.decodings == 1 && codecs.rows.isEmpty)
        }
    }

    @Test func bandsOfVeryWideImagesAreLower() {
        let region = TileRegion(x: 0, y: 1000, width: 512, height: 512)
        func rows(_ width: Int, _ height: Int, _ format: PixelFormat = .bgr(.eight)) -> Range<Int> {
            RowBand.rows(around: region, of: PixelSize(width: width, height: height), format)
        }
        #expect(rows(32_768, 8192) == 512..<1536)
        #expect(rows(32_768, 1512) == 512..<1512)
        #expect(rows(65_500, 8192) == 768..<1536)
        #expect(rows(1 << 20, 2000) == 992..<1520)
        #expect(rows(1 << 20, 2000, .bgra(.sixteen)) == 992..<1520)
    }
}
