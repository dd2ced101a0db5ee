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

    /// Makes a canvas of this many bytes that its job no longer uses.
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
        #expect(try bytes(of: spares.take(2000, preferring: true)?.path) == 2100)
        // A larger one is preferred to a smaller one.
        #expect(try bytes(of: spares.take(2000, preferring: true)?.path) == 3000)
        #expect(try bytes(of: spares.take(2000, preferring: true)?.path) == 1900)
        #expect(try bytes(of: spares.take(2000, preferring: true)?.path) == 1000)
        #expect(spares.take(2000, preferring: true) == nil && spares.bytes == 0)
    }

    @Test(arguments: [(1000, 499), (1000, 2001)]) func aFileOfAnotherSizeDoesNotFit(spare: Int, wanted: Int) throws {
        let spares = spares()
        spares.keep(try canvas(spare))
        #expect(spares.take(wanted, preferring: true) == nil && spares.bytes == spare)
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

    /// One spare is left for a source image, which overwrites all rows anyway.
    @Test func allSparesButOneAreCleared() throws {
        let (spares, bytes) = (spares(limit: 40 << 20), 9 << 20)
        let pixels = Data(repeating: 0xEE, count: bytes)
        for _ in 0..<2 {
            let path = try canvas(bytes)
            try pixels.write(to: URL(filePath: path))
            spares.keep(path)
        }
        spares.clear()
        let source = try #require(spares.take(bytes, preferring: false))
        #expect(source.cleared == 0)
        #expect(try Data(contentsOf: URL(filePath: source.path)) == pixels)
        let target = try #require(spares.take(bytes, preferring: true))
        #expect(target.cleared == bytes)
        #expect(try Data(contentsOf: URL(filePath: target.path)) == Data(count: bytes))
    }

    @Test func preferredSpareIsTaken() throws {
        let spares = spares(limit: 40 << 20)
        for _ in 0..<2 { spares.keep(try canvas(1000)) }
        spares.clear()
        #expect(spares.take(1000, preferring: true)?.cleared == 1000)
        #expect(spares.take(1000, preferring: true)?.cleared == 0)
    }

    /// A job does not wait until a file is cleared. It clears the rest itself.
    @Test func fileThatIsTakenIsNotClearedAnyMore() throws {
        let bytes = 9 << 20
        let path = try canvas(bytes)
        let pixels = Data(repeating: 0xEE, count: bytes)
        try pixels.write(to: URL(filePath: path))
        let spare = SpareCanvas(path: path, bytes: bytes, since: .now)
        #expect(spare.release() == 0)
        try spare.clear()
        #expect(try Data(contentsOf: URL(filePath: path)) == pixels && !spare.isCleared)
    }

    /// A job may take a file at any moment while it is being cleared. From then on only the job writes to the file.
    @Test func takerAndClearingNeverWriteTheSameBytes() async throws {
        let bytes = 64 << 20
        let path = try canvas(bytes)
        for _ in 0..<20 {
            let spare = SpareCanvas(path: path, bytes: bytes, since: .now)
            let clearing = Task.detached { try spare.clear() }
            await Task.yield()
            let cleared = spare.release()
            let pixels = Data(repeating: 0xEE, count: bytes)
            try pixels.write(to: URL(filePath: path))
            try await clearing.value
            #expect(try Data(contentsOf: URL(filePath: path)) == pixels, "\(cleared) bytes were cleared")
        }
    }

    @Test func spareThatCannotBeClearedIsRemoved() throws {
        let spares = spares()
        for _ in 0..<2 { spares.keep(try canvas(100)) }
        for name in folder.contents where name.hasSuffix(".raw") {
            try FileManager.default.removeItem(atPath: "\(place)/\(name)")
        }
        spares.clear()
        #expect(spares.bytes == 100)
    }

    @Test func aMissingFileIsIgnored() throws {
        let spares = spares()
        spares.keep("\(place)/nothing.raw")
        #expect(spares.bytes == 0 && spares.take(1, preferring: true) == nil)
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
                if number > 0 { #expect(!spares.isDisjoint(with: numbers), "job \(number) reused no file") }
                spares = Set(numbers)
                #expect(!spares.isEmpty)
            }
        }
    }
}
