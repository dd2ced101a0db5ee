import Foundation
import Testing

@testable import TileCodecs
@testable import TileCore

@Suite struct RowRingTests {
    private static let formats: [PixelFormat] = [.gray(.eight), .bgr(.eight), .bgra(.sixteen)]

    private func ring(_ size: PixelSize, _ format: PixelFormat, capacity: Int) throws -> RowRing {
        try RowRing(size: size, format: format, capacity: capacity, over: .inMemory())
    }

    /// A whole image goes through the ring, in pieces of random heights. In between, windows of all places and heights
    /// inside the ring are compared.
    @Test(arguments: [1, 2, 13, 64, 65, 200], formats)
    func pastedPixelsAreCutOut(capacity: Int, format: PixelFormat) throws {
        var generator = SeededGenerator(seed: UInt64(capacity))
        let image = PixelBuffer.random(width: generator.int(1...150), height: 400, format, using: &generator)
        let ring = try ring(image.size, format, capacity: capacity)
        #expect(ring.capacity == capacity)
        var rows = 0
        while rows < image.size.height {
            let piece = region(of: rows..<min(image.size.height, rows + generator.int(1...capacity)), image.size)
            ring.paste(image.copy(piece), at: piece)
            rows = piece.rows.upperBound
            for _ in 0..<10 {
                let height = generator.int(1...min(rows, capacity)), width = generator.int(1...image.size.width)
                let window = TileRegion(
                    x: generator.int(0...(image.size.width - width)),
                    y: generator.int(max(0, rows - capacity)...(rows - height)), width: width, height: height)
                let isSame = ring.cut(window).hasSamePixels(as: image.copy(window))
                #expect(isSame, "\(window) of \(rows) rows")
            }
        }
    }

    private func region(of rows: Range<Int>, _ size: PixelSize) -> TileRegion {
        TileRegion(x: 0, y: rows.lowerBound, width: size.width, height: rows.count)
    }

    /// A row replaces the row that is `capacity` rows above it.
    @Test func rowsFurtherDownReplaceThoseAbove() throws {
        let size = PixelSize(width: 3, height: 1000)
        let ring = try ring(size, .gray(.eight), capacity: 64)
        for row in 0..<size.height {
            let bytes = OwnedBytes(copying: [UInt8](repeating: UInt8(row % 251), count: 3))
            ring.paste(
                PixelBuffer(adopting: bytes, size: PixelSize(width: 3, height: 1), format: .gray(.eight)),
                at: region(of: row..<(row + 1), size))
        }
        let last = ring.cut(region(of: 936..<1000, size))
        #expect(PlainBytes(last).bytes == (936..<1000).flatMap { [UInt8](repeating: UInt8($0 % 251), count: 3) })
    }

    /// Kernels see no difference where the memory ends and begins again.
    @Test func transformsReadAcrossTheSeam() throws {
        var generator = SeededGenerator(seed: 5)
        let image = PixelBuffer.random(width: 90, height: 300, .bgr(.eight), .blocks, using: &generator)
        let ring = try ring(image.size, image.format, capacity: 128)
        let pipeline = try Pipeline(parsing: "blur:ksize=31,sharpen,median:ksize=5")
        for top in stride(from: 0, to: 172, by: 31) {
            let window = region(of: top..<(top + 128), image.size)
            ring.paste(image.copy(window), at: window)
            let inner = TileRegion(whole: window.size)
            let result = try ring.withPixels(in: window) { pixels throws(ImagingError) in
                try pipeline.apply(to: pixels, inner: inner)
            }
            let isSame = try result.hasSamePixels(as: pipeline.apply(to: image.copy(window), inner: inner))
            #expect(isSame, "\(window)")
        }
    }

    @Test func aNewRingIsAllZerosAndOfWholePages() throws {
        let ring = try ring(PixelSize(width: 33, height: 500), .bgr(.sixteen), capacity: 100)
        #expect(ring.withPixels(rows: 0..<100) { PlainBytes($0).bytes.allSatisfy { $0 == 0 } })
        let bytes = RowRing.byteCount(width: 33, format: .bgr(.sixteen), capacity: 100)
        #expect(bytes >= 33 * 6 * 100 && bytes % Int(getpagesize()) == 0)
        // Padding is needed for short rows and for few rows.
        #expect(RowRing.byteCount(width: 30_001, format: .bgr(.eight), capacity: 1000) < 31_000 * 3 * 1000)
    }

    /// Both mappings and the file disappear with the ring. Unmapping can take time, so the thread that releases the
    /// last reference does not wait for it.
    @Test func ringIsUnmappedWithItsLastReference() throws {
        let folder = try TemporaryFolder()
        func mappings() throws -> Int {
            let maps = try #require(FileHandle(forReadingAtPath: "/proc/self/maps"))
            return try String(decoding: maps.readToEnd() ?? Data(), as: UTF8.self).split(separator: "\n")
                .count { $0.contains(folder.path) }
        }
        var ring: RowRing? = try RowRing(
            size: PixelSize(width: 10, height: 100), format: .gray(.eight), capacity: 50,
            over: .unnamed(in: folder.path))
        let (mapped, before) = (try mappings(), ring?.capacity)
        MappedPages.closing.suspend()
        ring = nil
        let meanwhile = try? mappings()
        MappedPages.closing.resume()
        MappedPages.closing.sync {}
        let left = try mappings()
        #expect(mapped == 2 && before == 50 && meanwhile == 2 && left == 0)
    }

    @Test(.enabled(if: TinyDisk.isPossible, "only root can mount")) func lackOfSpaceIsAnError() throws {
        let disk = try TinyDisk()
        let size = PixelSize(width: 1000, height: 1000)
        let error = #expect(throws: ImagingError.self) {
            _ = try RowRing(size: size, format: .bgr(.eight), capacity: 500, over: .unnamed(in: disk.path))
        }
        #expect(error?.reason.contains("ring of rows") == true)
    }

    /// An image file is decoded and encoded piece by piece, through fewer rows than it has.
    @Test(arguments: ImageFileFormat.allCases.filter { $0 != .webp }) func imageFileIsReadAndWrittenThroughARing(
        file: ImageFileFormat
    ) throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: 92)
        let image = PixelBuffer.random(width: 61, height: 777, .bgr(.eight), .blocks, using: &generator)
        let reader = try ImageReader(path: folder.image(image, as: file), scratchFolder: folder.path)
        #expect(reader.header.isReadByRows)
        let band = reader.header.bandRows
        let ring = try ring(image.size, .bgr(.eight), capacity: band)
        let writer = try ImageWriter(
            path: folder.file("again"), size: image.size, format: .bgr(.eight),
            encoding: OutputEncoding(fileFormat: .bmp))
        for rows in ring.strips(of: band, in: 0..<image.size.height) {
            try ring.fill(rows, from: reader)
            let isWritten = try ring.drain(
                rows, into: writer, background: BackgroundColor(red: 0, green: 0, blue: 0), until: { false },
                progress: { _ in })
            #expect(isWritten)
        }
        try reader.finish()
        try writer.finish()
        let isSame = try decoded(folder.file("again")).hasSamePixels(
            as: decoded(folder.file("image.\(file.fileExtension)")))
        #expect(isSame)
    }
}
