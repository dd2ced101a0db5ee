import Foundation
import Testing

@testable import TileCore

/// Canvases that two processes of one machine use.
@Suite struct CanvasFolderTests {
    private let temporary: TemporaryFolder
    private let folder: CanvasFolder
    private let job = JobID.make()
    private let size = PixelSize(width: 7, height: 5)

    init() throws {
        temporary = try TemporaryFolder()
        folder = CanvasFolder(temporary.path)
        try FileManager.default.createDirectory(
            atPath: temporary.file("\(job)"), withIntermediateDirectories: false)
    }

    private func create(_ name: String) throws -> Canvas {
        try Canvas.create(path: temporary.file("\(job)/\(name).raw"), size: size, format: .gray(.eight))
    }

    @Test func lenderHasAName() throws {
        #expect(folder.lender == nil)
        let name = try folder.lend()
        #expect(!name.isEmpty && folder.lender == name)
        // Workers that are still running see a restarted master as the same lender.
        #expect(try folder.lend() == name)
    }

    /// The folder may be on a file server. Data that another machine writes there is not in this machine's page cache.
    @Test(arguments: ["", "x", "another-boot 12ab", "another-boot 12ab extra", String(repeating: "y", count: 1000)])
    func anotherMachinesFolderIsNotLent(notice: String) throws {
        try Data(notice.utf8).write(to: URL(filePath: temporary.file("lender")))
        #expect(folder.lender == nil)
        let name = try folder.lend()
        #expect(folder.lender == name && name != "12ab")
    }

    @Test func sourceIsFoundByItsInode() throws {
        _ = try create("1")
        let canvas = try create("decoding-3")
        let inode = try #require(canvas.inode)
        for name in ["decoding-3", "0"] {
            let found = try folder.canvas(inode, job, run: "3", before: 0, size: size, format: .gray(.eight))
            #expect(found.inode == inode && found.path == temporary.file("\(job)/\(name).raw"))
            try? Canvas.rename(temporary.file("\(job)/decoding-3.raw"), to: temporary.file("\(job)/0.raw"))
        }
        #expect(folder.holds(canvas))
    }

    /// Another run decodes the source again, perhaps into the same file. The rows of the new run are not there yet.
    @Test func theSourceOfAnotherRunIsNotFound() throws {
        let inode = try #require(create("decoding-3").inode)
        _ = try folder.canvas(inode, job, run: "3", before: 0, size: size, format: .gray(.eight))
        for run in ["2", "33", ""] {
            #expect(throws: ImagingError.self) {
                try folder.canvas(inode, job, run: run, before: 0, size: size, format: .gray(.eight))
            }
        }
    }

    /// A resent task may name a file that has become another image of the same job.
    @Test func fileReusedForAnotherImageIsNotFound() throws {
        let inode = try #require(create("2").inode)
        _ = try folder.canvas(inode, job, run: "3", before: 2, size: size, format: .gray(.eight))
        for pass in [0, 1, 3] {
            #expect(throws: ImagingError.self) {
                try folder.canvas(inode, job, run: "3", before: pass, size: size, format: .gray(.eight))
            }
        }
    }

    @Test func missingCanvasIsAnError() throws {
        let canvas = try create("0")
        let inode = try #require(canvas.inode)
        for (number, job, size) in [
            (inode + 1, job, size), (inode, JobID.make(), size), (inode, job, PixelSize(width: 8, height: 5)),
        ] {
            let error = #expect(throws: ImagingError.self) {
                try folder.canvas(number, job, run: "3", before: 0, size: size, format: .gray(.eight))
            }
            #expect(error?.code == .canvas)
        }
        let elsewhere = try Canvas.temporary(size: size, format: .gray(.eight), in: temporary.path)
        #expect(!folder.holds(elsewhere))
    }
}
