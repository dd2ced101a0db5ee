import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

@Suite struct ImageStorageTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func plan(_ transforms: String, _ width: Int, _ height: Int, tileBytes: Int = 4 << 20) throws -> PassPlan {
        try PassPlan(
            pipeline: Pipeline(parsing: transforms), size: PixelSize(width: width, height: height),
            format: .bgr(.eight), tileSize: 512, tileBytes: tileBytes)
    }

    /// The header of a small file of this format.
    private func header(_ file: ImageFileFormat = .png) throws -> ImageHeader {
        let path = folder.path("header.\(file.fileExtension)")
        let size = PixelSize(width: 100, height: 100)
        let bytes = OwnedBytes(copying: [UInt8](repeating: 7, count: size.area * 3))
        try write(
            PixelBuffer(adopting: bytes, size: size, format: .bgr(.eight)), to: path, OutputEncoding(fileFormat: file))
        return try ImageHeader.read(path: path)
    }

    private func rings(
        _ plan: PassPlan, _ file: ImageFileFormat = .png, whole: Bool = false, memory: Int = 8 << 30
    ) throws -> ImageStorage {
        .rings(plan, source: try header(file), needsWholeResult: whole, tilesInFlight: 4, memory: memory)
    }

    /// The source's ring holds a row of tiles, its halo on both sides, a decoded band of 64 rows, and a row of tiles in
    /// flight. The result's ring holds a row of tiles that is encoded, and a row of tiles in flight.
    @Test func aLargeImageLiesInTwoRings() throws {
        let storage = try rings(plan("sharpen", 32_768, 32_768))
        #expect(storage.kinds == [.ring(rows: 512 + 2 + 64 + 512), .ring(rows: 1024)])
        #expect(storage.areRingsInMemory)
        #expect(storage.bytes > 32_768 * 3 * (1090 + 1024) && storage.bytes < 32_768 * 3 * (1090 + 1024 + 128))
    }

    /// A row of tiles has only one tile here. So each ring also holds four rows of tiles in flight, as many as there are
    /// tiles in flight.
    @Test func aNarrowImageHasRowsForAllThreads() throws {
        #expect(
            try rings(plan("invert", 500, 50_000)).kinds == [.ring(rows: 512 + 64 + 2048), .ring(rows: 512 + 2048)])
    }

    @Test func aSmallImageIsThereAsAWhole() throws {
        let plan = try plan("invert", 4000, 1000)
        let storage = try rings(plan)
        #expect(storage == .whole(plan))
        #expect(storage.kinds == [.whole, .whole] && storage.bytes == 2 * 4000 * 1000 * 3)
    }

    /// 12 rings would take more memory than three whole images.
    @Test func aLongChainOfASmallImageHasWholeImages() throws {
        let transforms = Array(repeating: "blur:ksize=255", count: 11).joined(separator: ",")
        #expect(try rings(plan(transforms, 4000, 4000, tileBytes: 1)).kinds.allSatisfy { $0 == .whole })
        #expect(try rings(plan(transforms, 4000, 40_000, tileBytes: 1)).kinds.allSatisfy { $0 != .whole })
    }

    @Test func codecsThatNeedAWholeImageGetOne() throws {
        let plan = try plan("invert", 10_000, 10_000)
        #expect(try rings(plan, .webp).kinds == [.whole, .ring(rows: 1024)])
        #expect(try rings(plan, whole: true).kinds == [.ring(rows: 512 + 64 + 512), .whole])
        #expect(try rings(plan, .webp, whole: true) == .whole(plan))
    }

    @Test func ringsThatTakeMuchOfTheMemoryLieInFiles() throws {
        let plan = try plan("invert", 32_768, 32_768)
        #expect(try !rings(plan, memory: 700 << 20).areRingsInMemory)
    }
}
