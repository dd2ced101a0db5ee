import Synchronization
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

/// The rows of an image that a stage may write. In a ring, further rows become writable as read rows are released.
@Suite(.timeLimit(.minutes(10))) struct WritableRowsTests {
    private struct Failure: Error {}

    private static let size = PixelSize(width: 4, height: 100)

    private func image(capacity: Int) throws -> ImageUnderWay {
        ImageUnderWay(
            try RowRing(size: Self.size, format: .gray(.eight), capacity: capacity, over: .inMemory()))
    }

    @Test func wholeImageIsWritableAtOnce() async throws {
        let image = ImageUnderWay(try Canvas.temporary(size: Self.size, format: .gray(.eight), in: "/tmp"))
        #expect(image.isWhole && image.writableRows == 100)
        #expect(try await image.writableRows(beyond: 99) == 100)
        image.release(rows: 50)
        #expect(image.writableRows == 100)
    }

    @Test func wholeImageCanBecomeWritableInPieces() async throws {
        let canvas = try Canvas.temporary(size: Self.size, format: .gray(.eight), in: "/tmp")
        let image = ImageUnderWay(canvas, isMade: false)
        #expect(image.isWhole && image.writableRows == 0)
        let waiting = Task { try await image.writableRows(beyond: 30) }
        image.makeWritable(rows: 30)
        image.makeWritable(rows: 10)
        // Released rows do not count here, because the image is whole.
        image.release(rows: 20)
        #expect(image.writableRows == 30)
        image.makeWritable(rows: 31)
        #expect(try await waiting.value == 31)
        image.fail(Failure())
        await #expect(throws: Failure.self) { try await image.writableRows(beyond: 31) }
    }

    @Test func writableRowsAreTheReleasedOnesAndTheCapacity() async throws {
        let image = try image(capacity: 30)
        #expect(!image.isWhole && image.writableRows == 30)
        #expect(try await image.writableRows(beyond: 0) == 30)
        let waiting = Task { try await image.writableRows(beyond: 35) }
        image.release(rows: 5)
        image.release(rows: 3)
        #expect(image.writableRows == 35)
        image.release(rows: 6)
        #expect(try await waiting.value == 36)
        image.release(rows: 90)
        #expect(try await image.writableRows(beyond: 99) == 100)
    }

    @Test func ringOfAllRowsIsAWholeImage() throws {
        #expect(try image(capacity: 100).isWhole)
    }

    @Test func failureMakesNoMoreRowsWritable() async throws {
        let image = try image(capacity: 30)
        let waiting = Task { try await image.writableRows(beyond: 40) }
        image.release(rows: 10)
        image.fail(Failure())
        await #expect(throws: Failure.self) { try await waiting.value }
        #expect(try await image.writableRows(beyond: 39) == 40)
        await #expect(throws: Failure.self) { try await image.writableRows(beyond: 40) }
        await #expect(throws: Failure.self) { try await image.rows(beyond: 0) }
    }

    @Test func cancelledWriterStopsWaiting() async throws {
        let image = try image(capacity: 30)
        let (before, during) = (
            Task { try await image.writableRows(beyond: 30) }, Task { try await image.writableRows(beyond: 30) }
        )
        before.cancel()
        await Task.yield()
        during.cancel()
        await #expect(throws: CancellationError.self) { try await before.value }
        await #expect(throws: CancellationError.self) { try await during.value }
        image.release(rows: 1)
        #expect(try await image.writableRows(beyond: 30) == 31)
    }

    /// A writer and a reader go through the image in pieces of any height. No row is lost, or overwritten before it was
    /// read.
    @Test(arguments: 0..<20 as Range<UInt64>) func allRowsGoThroughTheRing(seed: UInt64) async throws {
        let image = try image(capacity: [1, 7, 30, 99][Int(seed % 4)])
        let writer = Task {
            var (random, rows) = (SeededGenerator(seed: seed), 0)
            while rows < image.height {
                let writable = try await image.writableRows(beyond: rows)
                let end = Int.random(in: (rows + 1)...writable, using: &random)
                for row in rows..<end { Self.write(row, into: image) }
                image.complete(rows: end)
                rows = end
            }
        }
        var (random, read) = (SeededGenerator(seed: seed + 1000), 0)
        while read < image.height {
            let rows = try await image.rows(beyond: read)
            for row in read..<rows { #expect(Self.sample(row, of: image) == UInt8(row)) }
            read = rows
            image.release(rows: Int.random(in: max(0, read - 1)...read, using: &random))
            if read < image.height { image.release(rows: read) }
        }
        try await writer.value
    }

    private static func write(_ row: Int, into image: ImageUnderWay) {
        let bytes = OwnedBytes(copying: [UInt8](repeating: UInt8(row), count: size.width))
        let strip = PixelSize(width: size.width, height: 1)
        image.pixels.paste(
            PixelBuffer(adopting: bytes, size: strip, format: .gray(.eight)), at: TileRegion(x: 0, y: row, size: strip))
    }

    private static func sample(_ row: Int, of image: ImageUnderWay) -> UInt8? {
        image.pixels.withPixels(rows: row..<(row + 1)) { strip in
            var samples: Set<UInt8> = []
            strip.forEachRow { samples.formUnion([UInt8](copying: $0)) }
            return samples.count == 1 ? samples.first : nil
        }
    }
}
