import Foundation
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct FileWorkTests {
    private let folder: TestFolder

    init() throws {
        folder = try TestFolder()
        for name in ["a.jpg", "b.tif", "c.png", "d"] { try folder.write([1], to: name) }
    }

    private func work(_ names: String..., format: String? = nil) throws -> FileWork {
        try FileWork(
            paths: names.map { name in name.hasSuffix("/") ? folder.path(name) + "/" : folder.path(name) },
            transforms: "invert", format: format, quality: nil)
    }

    /// What is made of what, in which format.
    private func plan(_ work: FileWork) -> [[String]] {
        work.items.map { item in
            [item.input, item.output].map { URL(filePath: $0).lastPathComponent } + [
                item.request.format?.rawValue ?? ""
            ]
        }
    }

    private func message(_ body: () throws -> FileWork) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func theOutputsNameDecidesItsFormat() throws {
        #expect(plan(try work("a.jpg", "out.webp")) == [["a.jpg", "out.webp", "webp"]])
        #expect(plan(try work("d", "out.TIFF")) == [["d", "out.TIFF", "tiff"]])
        #expect(folder.contents.count == 4)
    }

    @Test func aFormatThatIsNamedWins() throws {
        #expect(plan(try work("a.jpg", "out.dat", format: "png")) == [["a.jpg", "out.dat", "png"]])
    }

    @Test func anOutputThatNamesNoFormatIsRefused() {
        #expect(message { try work("a.jpg", "out.gif") }?.contains("--format") == true)
        #expect(message { try work("a.jpg", "out") }?.contains("--format") == true)
    }

    @Test func theRequestHasTheInputsName() throws {
        #expect(try work("a.jpg", "out.png").items.map(\.request.filename) == ["a.jpg"])
    }

    // MARK: Folders

    @Test func manyInputsGoIntoAFolder() throws {
        let work = try work("a.jpg", "b.tif", "c.png", "results")
        #expect(plan(work) == [["a.jpg", "a.jpg", "jpeg"], ["b.tif", "b.tif", "tiff"], ["c.png", "c.png", "png"]])
        #expect(work.items.allSatisfy { $0.output.hasPrefix(folder.path("results")) })
        #expect(folder.contents.contains("results"))
    }

    @Test func anInputWithoutAFormatBecomesAPNG() throws {
        #expect(plan(try work("d", "results/")) == [["d", "d.png", "png"]])
    }

    @Test func oneFormatIsForAll() throws {
        #expect(plan(try work("a.jpg", "b.tif", "results", format: "webp")).map { $0[1] } == ["a.webp", "b.webp"])
    }

    @Test func aFolderThatIsThereIsOneWhateverItsName() throws {
        try FileManager.default.createDirectory(atPath: folder.path("out.png"), withIntermediateDirectories: false)
        #expect(plan(try work("a.jpg", "out.png")) == [["a.jpg", "a.jpg", "jpeg"]])
    }

    @Test func aLinkToAFolderIsAFolder() throws {
        try FileManager.default.createDirectory(atPath: folder.path("real"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("link"), withDestinationPath: folder.path("real"))
        #expect(plan(try work("a.jpg", "link")) == [["a.jpg", "a.jpg", "jpeg"]])
    }

    // MARK: Refusals

    @Test func anInputThatIsMissingIsNamed() {
        let message = message { try work("a.jpg", "none.png", "results") }
        #expect(message?.contains("none.png") == true)
        #expect(!folder.contents.contains("results"))
    }

    @Test func oneAloneIsTooLittle() {
        #expect(message { try work("a.jpg") } != nil)
        #expect(message { try work() } != nil)
    }

    @Test func twoInputsCannotBecomeOneFile() throws {
        try folder.write([1], to: "a.png")
        #expect(message { try work("a.png", "a.jpg", "results", format: "png") }?.contains("a.png") == true)
        #expect(message { try work("a.jpg", "b.tif", "c.png") }?.contains("c.png") == true)
    }

    @Test func whatARequestCannotBeIsRefused() {
        #expect(message { try work("a.jpg", "out.png", format: "gif") }?.contains("gif") == true)
    }
}
