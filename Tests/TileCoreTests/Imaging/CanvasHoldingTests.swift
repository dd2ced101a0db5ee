import Foundation
import Testing

@testable import TileCore

/// Files of canvases that are reused by other jobs.
@Suite struct CanvasHoldingTests {
    private let folder: TemporaryFolder
    private let size = PixelSize(width: 70, height: 50)
    private var path: String { folder.file("a.raw") }
    private var spare: String { folder.file("spare.raw") }

    init() throws { folder = try TemporaryFolder() }

    private func create(_ value: UInt8 = 7) throws -> Canvas {
        let canvas = try Canvas.create(path: path, size: size, format: .gray(.eight))
        canvas.paste(
            PixelBuffer(
                adopting: OwnedBytes(copying: [UInt8](repeating: value, count: size.area)), size: size,
                format: .gray(.eight)), at: TileRegion(whole: size))
        return canvas
    }

    @Test func heldFileIsNotReused() throws {
        let owned = try create()
        let first = try Canvas.holding(path: path, size: size, format: .gray(.eight))
        let second = try Canvas.holding(path: path, size: size, format: .gray(.eight))
        #expect(Canvas.renameUnlessHeld(path, as: spare) == nil)
        first.releaseHold()
        #expect(Canvas.renameUnlessHeld(path, as: spare) == nil)
        second.releaseHold()
        #expect(Canvas.renameUnlessHeld(path, as: spare) == size.area)
        #expect(!FileManager.default.fileExists(atPath: path))
        // Neither mapping is the job's canvas any more, so it cannot be held, even if a new file has the old name.
        #expect(!first.hold())
        let next = try create()
        #expect(next.inode != owned.inode && !second.hold() && next.hold())
    }

    /// Threads of the owner have the same file open, so they need a lock of their own.
    @Test func ownersThreadsPreventReuse() throws {
        let owned = try create()
        let kept: Void? = owned.withoutReuse {
            let inner: Void? = owned.withoutReuse {}
            #expect(inner != nil)
            #expect(Canvas.renameUnlessHeld(path, as: spare) == nil)
        }
        #expect(kept != nil && Canvas.renameUnlessHeld(path, as: spare) == size.area)
        let memory = try Canvas.temporary(size: size, format: .gray(.eight), in: folder.path)
        #expect(memory.withoutReuse { 7 } == 7)
    }

    @Test func missingFileIsNotReused() { #expect(Canvas.renameUnlessHeld(path, as: spare) == nil) }

    @Test func failedRenameReleasesTheFile() throws {
        _ = try create()
        #expect(Canvas.renameUnlessHeld(path, as: folder.file("no folder/spare.raw")) == nil)
        #expect(Canvas.renameUnlessHeld(path, as: spare) == size.area)
    }

    @Test(
        arguments: [
            PixelSize(width: 70, height: 50), PixelSize(width: 30, height: 20), PixelSize(width: 99, height: 77),
        ], [0, 600, 3500])
    func spareFileBecomesAnEmptyCanvas(next: PixelSize, cleared: Int) throws {
        let inode = try #require(create(0xEE).inode)
        #expect(Canvas.renameUnlessHeld(path, as: spare) == size.area)
        try Canvas.clear(file: spare, 0..<cleared)
        let canvas = try Canvas.create(
            path: folder.file("b.raw"), size: next, format: .gray(.eight), from: spare, clearing: cleared)
        #expect(canvas.inode == inode && !FileManager.default.fileExists(atPath: spare))
        #expect(try Data(contentsOf: URL(filePath: canvas.path)) == Data(count: next.area))
        #expect(canvas.withPixels { PlainBytes($0).bytes.allSatisfy { $0 == 0 } })
        #expect(canvas.hold())
    }
}
