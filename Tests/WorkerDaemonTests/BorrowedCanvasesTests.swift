import Foundation
import Testing
import TileCore

@testable import WorkerDaemon

/// Tiles that a worker reads from and writes to the master's files.
@Suite struct BorrowedCanvasesTests {
    private let path = NSTemporaryDirectory() + "canvases-\(UUID().uuidString)"
    private let job = JobID.make()
    private let size = PixelSize(width: 40, height: 30)

    /// A folder with a source image of brightness steps, and an empty target.
    private func withCanvases(_ body: (BorrowedCanvases, _ source: Canvas, _ target: Canvas) throws -> Void) throws {
        try FileManager.default.createDirectory(atPath: "\(path)/\(job)", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let folder = CanvasFolder(path)
        #expect(BorrowedCanvases(folder) == nil)
        let name = try folder.lend()
        let canvases = try #require(BorrowedCanvases(folder))
        #expect(canvases.lender == name)
        let bytes = (0..<size.area).map { UInt8(truncatingIfNeeded: $0 * 7) }
        try Data(bytes).write(to: URL(filePath: "\(path)/\(job)/0.raw"))
        let source = try Canvas.open(path: "\(path)/\(job)/0.raw", size: size, format: .gray(.eight))
        let target = try Canvas.create(path: "\(path)/\(job)/1.raw", size: size, format: .gray(.eight))
        try body(canvases, source, target)
    }

    private func task(_ transforms: String, _ source: Canvas, _ target: Canvas) throws -> (TileTask, CanvasLoan) {
        let loan = CanvasLoan(
            id: "a", image: size, x: 9, y: 4, source: try #require(source.inode), target: try #require(target.inode))
        let task = TileTask(
            tile: TileID(job: job, pass: 0, index: 0), attempt: 1, size: PixelSize(width: 20, height: 21),
            format: .gray(.eight), inner: TileRegion(x: 1, y: 2, width: 18, height: 17),
            pipeline: try Pipeline(parsing: transforms), replyTo: "results", loan: loan)
        return (task, loan)
    }

    @Test func onlyTheInnerPixelsAreWritten() throws {
        try withCanvases { canvases, source, target in
            let (task, loan) = try task("invert", source, target)
            let outcome = try canvases.transform(task, loan)
            #expect(outcome == .written(task.inner.size, .gray(.eight)))
            let before = try Data(contentsOf: URL(filePath: source.path))
            let after = try Data(contentsOf: URL(filePath: target.path))
            for y in 0..<size.height {
                for x in 0..<size.width {
                    let isInner = (10..<28).contains(x) && (6..<23).contains(y)
                    let index = y * size.width + x
                    #expect(after[index] == (isInner ? 255 - before[index] : 0), "(\(x), \(y))")
                }
            }
        }
    }

    @Test func removedCanvasesAreUnreachable() throws {
        try withCanvases { canvases, source, target in
            let (task, loan) = try task("invert", source, target)
            try FileManager.default.removeItem(atPath: target.path)
            guard case .unreachable(let reason) = try canvases.transform(task, loan) else {
                Issue.record("a removed file was written to")
                return
            }
            #expect(reason.contains("\(loan.target)"))
        }
    }

    /// A record may be delivered again after its file was given to another job, even while that job's tiles are computed.
    @Test(arguments: ["0.raw", "1.raw"]) func theFileOfAnotherJobIsNotTouched(name: String) throws {
        try withCanvases { canvases, source, target in
            let (task, loan) = try task("invert", source, target)
            _ = try canvases.transform(task, loan)
            let given = "\(path)/\(JobID.make())/\(name)"
            try FileManager.default.createDirectory(
                atPath: URL(filePath: given).deletingLastPathComponent().path, withIntermediateDirectories: true)
            #expect(Canvas.renameUnlessHeld("\(path)/\(job)/\(name)", as: given) == size.area)
            let before = ["\(path)/\(job)/0.raw", "\(path)/\(job)/1.raw", given].map {
                FileManager.default.contents(atPath: $0)
            }
            guard case .unreachable = try canvases.transform(task, loan) else {
                Issue.record("the file of another job was taken for the task's")
                return
            }
            let after = ["\(path)/\(job)/0.raw", "\(path)/\(job)/1.raw", given].map {
                FileManager.default.contents(atPath: $0)
            }
            #expect(before == after)
        }
    }

    @Test func betweenTilesTheCanvasesAreNotHeld() throws {
        try withCanvases { canvases, source, target in
            let (task, loan) = try task("invert", source, target)
            _ = try canvases.transform(task, loan)
            #expect(canvases.count == 2)
            for canvas in [source, target] {
                #expect(Canvas.renameUnlessHeld(canvas.path, as: canvas.path + ".spare") == size.area)
            }
        }
    }

    /// A removed file takes space on the disk as long as it is open.
    @Test func idleCanvasesAreClosed() throws {
        try withCanvases { canvases, source, target in
            let (task, loan) = try task("invert", source, target)
            _ = try canvases.transform(task, loan)
            #expect(canvases.count == 2)
            canvases.closeIdle(at: .now + .seconds(1))
            #expect(canvases.count == 2)
            canvases.closeIdle(at: .now + .seconds(10))
            #expect(canvases.count == 0)
            _ = try canvases.transform(task, loan)
            #expect(canvases.count == 2)
        }
    }
}
