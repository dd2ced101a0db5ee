import Foundation
import Testing

@testable import MasterDaemon
@testable import TileCore

/// Reuse of canvases' files.
@Suite struct SpareCanvasesTests {
    private let folder: TestFolder
    private var place: String { folder.url.path }

    init() throws { folder = try TestFolder() }

    private func spares(limit: Int = 1 << 20) -> SpareCanvases {
        SpareCanvases(folder: "\(place)/spare") { limit }
    }

    /// A canvas of this many bytes that its job no longer uses.
    @discardableResult
    private func canvas(_ bytes: Int) throws -> String {
        let path = "\(place)/\(UUID().uuidString).raw"
        try Data(count: bytes).write(to: URL(filePath: path))
        return path
    }

    private func bytes(of path: String?) throws -> Int {
        try Data(contentsOf: URL(filePath: try #require(path))).count
    }

    private let full = ServiceError.diskFull("no space")

    private var files: Int { folder.contents.filter { $0.hasSuffix(".raw") }.count }

    @Test func theNextJobGetsTheBestFittingFile() throws {
        let spares = spares()
        for bytes in [1000, 3000, 2100, 1900] { spares.keep(try canvas(bytes)) }
        #expect(spares.bytes == 8000 && files == 4)
        #expect(try bytes(of: spares.take(2000)) == 2100)
        // A larger one is preferred to a smaller one.
        #expect(try bytes(of: spares.take(2000)) == 3000)
        #expect(try bytes(of: spares.take(2000)) == 1900)
        #expect(try bytes(of: spares.take(2000)) == 1000)
        #expect(spares.take(2000) == nil && spares.bytes == 0)
    }

    @Test(arguments: [(1000, 499), (1000, 2001)]) func aFileOfAnotherSizeDoesNotFit(spare: Int, wanted: Int) throws {
        let spares = spares()
        spares.keep(try canvas(spare))
        #expect(spares.take(wanted) == nil && spares.bytes == spare)
    }

    @Test func theOldestIsRemovedAboveTheLimit() throws {
        let spares = spares(limit: 5000)
        for bytes in [2000, 1900, 1800] { spares.keep(try canvas(bytes)) }
        #expect(spares.bytes == 3700 && files == 2)
        spares.keep(try canvas(5001))
        #expect(spares.bytes == 0 && files == 0)
    }

    @Test func aHeldFileIsRemovedAndNotChanged() throws {
        let (spares, path, size) = (spares(), "\(place)/a.raw", PixelSize(width: 20, height: 10))
        _ = try Canvas.create(path: path, size: size, format: .gray(.eight))
        let reader = try Canvas.holding(path: path, size: size, format: .gray(.eight))
        spares.keep(path)
        #expect(spares.bytes == 0 && files == 0)
        #expect(reader.cut(TileRegion(whole: size)).byteCount == 200)
    }

    @Test func idleSparesAreRemoved() throws {
        let (spares, now) = (spares(), ContinuousClock.now)
        spares.keep(try canvas(100), at: now)
        spares.keep(try canvas(200), at: now + .seconds(40))
        spares.trim(at: now + .seconds(59))
        #expect(spares.bytes == 300)
        spares.trim(at: now + .seconds(61))
        #expect(spares.bytes == 200 && files == 1)
        #expect(spares.makeSpace(after: full) && files == 0 && !spares.makeSpace(after: full))
    }

    /// A shortage of files or memory, for example, is no full disk.
    @Test(arguments: [EIO, EMFILE, ENOMEM]) func anotherErrorLeavesTheSpares(number: Int32) throws {
        let spares = spares()
        spares.keep(try canvas(100))
        #expect(!spares.makeSpace(after: ImagingError.system(.canvas, "cannot", errno: number)))
        #expect(spares.bytes == 100 && files == 1)
        #expect(spares.makeSpace(after: ImagingError.system(.canvas, "cannot", errno: ENOSPC)))
        #expect(spares.bytes == 0 && files == 0)
    }

    @Test func aMissingFileIsIgnored() throws {
        let spares = spares()
        spares.keep("\(place)/nothing.raw")
        #expect(spares.bytes == 0 && spares.take(1) == nil)
    }

    /// Jobs that reuse files have correct pixels.
    @Test(arguments: ["invert", "invert,blur,sharpen"]) func jobsThatReuseFilesAreCorrect(transforms: String)
        async throws
    {
        let bench = try ServiceBench()
        try await bench.running { service in
            var spares = Set<UInt64>()
            for number in 0..<4 {
                let job = try await bench.submit(number, transforms: transforms, side: 150 + 10 * (number % 2))
                await service.runner.settled(job.jobID)
                #expect(try bench.isRight(try await service.job(job.jobID)))
                let numbers = bench.folder.contents.filter { $0.hasPrefix("canvas/spare/") }.compactMap {
                    try? FileManager.default.attributesOfItem(atPath: bench.folder.url.path + "/" + $0)[
                        .systemFileNumber] as? UInt64
                }
                if number > 0 { #expect(!spares.isDisjoint(with: numbers), "job \(number) took none over") }
                spares = Set(numbers)
                #expect(!spares.isEmpty)
            }
        }
    }
}
