import Foundation
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct JobFilesTests {
    private let folder: TestFolder
    private let files: JobFiles

    init() throws {
        folder = try TestFolder()
        files = JobFiles(root: folder.url)
        try files.prepare()
    }

    private func make(_ paths: String...) {
        for path in paths { _ = FileManager.default.createFile(atPath: path, contents: Data([1])) }
    }

    /// Makes all files that a job has in its life.
    private func makeAll(_ id: JobID) throws {
        try files.makeCanvasFolder(id)
        make(
            files.source(id), files.canvas(id, before: 0), files.canvas(id, before: 1),
            files.decoding(JobMachine.Run(job: id, generation: 1)),
            files.making(id), files.path(JobFiles.outputName(id, .png)), files.preview(id),
            files.overviews(id, .source), files.overviews(id, .result))
    }

    @Test func removingAJobRemovesAllItsFiles() throws {
        let (gone, kept) = (JobID.make(), JobID.make())
        let empty = folder.contents
        try makeAll(kept)
        let before = folder.contents
        try makeAll(gone)
        make(files.encoding(gone, .png), files.makingOverviews(gone, .source), files.makingOverviews(gone, .result))
        #expect(folder.contents != before)
        files.removeAll(of: gone)
        #expect(folder.contents == before)
        files.removeAll(of: gone)
        files.removeAll(of: kept)
        #expect(folder.contents == empty)
    }

    @Test func straysAreRemovedAndFilesOfJobsStay() throws {
        let (known, unknown) = (JobID.make(), JobID.make())
        let empty = folder.contents
        try makeAll(known)
        let before = folder.contents
        try makeAll(unknown)
        make(files.encoding(unknown, .jpeg), files.path("uploads/notes.txt"), files.path("outputs/x"))
        files.removeStrays(keeping: [known])
        #expect(folder.contents == before)
        files.removeStrays(keeping: [])
        #expect(folder.contents == empty)
    }

    @Test(arguments: JobImage.allCases) func incompleteOverviewsAreRemoved(image: JobImage) throws {
        let id = JobID.make()
        make(files.makingOverviews(id, image), files.overviews(id, image))
        files.removeStrays(keeping: [id])
        #expect(!FileManager.default.fileExists(atPath: files.makingOverviews(id, image)))
        #expect(files.hasOverviews(id, image))
    }

    @Test func anIncompleteOutputIsRemoved() throws {
        let id = JobID.make()
        make(files.encoding(id, .png), files.path(JobFiles.outputName(id, .png)))
        files.removeStrays(keeping: [id])
        #expect(!FileManager.default.fileExists(atPath: files.encoding(id, .png)))
        #expect(FileManager.default.fileExists(atPath: files.path(JobFiles.outputName(id, .png))))
    }

    @Test func theDatabaseIsKept() throws {
        make(files.database, files.lock)
        files.removeStrays(keeping: [])
        #expect(FileManager.default.fileExists(atPath: files.database))
        #expect(FileManager.default.fileExists(atPath: files.lock))
    }

    /// With a new database, all of these files would be removed as strays.
    @Test(arguments: ["uploads", "outputs"]) func filesOfJobsWithoutADatabaseAreRefused(folder name: String) throws {
        try files.checkDatabaseIsThere()
        make(files.path("\(name)/notes.txt"))
        try files.checkDatabaseIsThere()
        make(files.path("\(name)/\(JobID.make()).png"))
        func refusal() -> String? {
            do {
                try files.checkDatabaseIsThere()
                return nil
            } catch {
                return error.detail
            }
        }
        #expect(try #require(refusal()).contains(files.database))
        // An empty file counts as missing.
        _ = FileManager.default.createFile(atPath: files.database, contents: Data())
        #expect(refusal() != nil)
        make(files.database)
        #expect(refusal() == nil)
    }

    @Test func aMissingFolderHasNoStrays() throws {
        JobFiles(root: URL(filePath: folder.path("none"))).removeStrays(keeping: [])
        #expect(!folder.contents.contains("none"))
    }

    @Test(arguments: ImageFileFormat.allCases) func aPartHasItsFormatsExtension(format: ImageFileFormat) {
        let part = URL(filePath: files.encoding(.make(), format))
        #expect(part.pathExtension == format.fileExtension)
        #expect(part.lastPathComponent.contains(".part."))
    }
}
