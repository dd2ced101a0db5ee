import Foundation
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct ProcessPlanTests {
    private let folder: TestFolder

    init() throws {
        folder = try TestFolder()
        for name in ["a.jpg", "b.tif", "c.png", "d"] { try folder.write([1], to: name) }
    }

    private func path(_ name: String) -> RawPath { name == "-" ? .dash : RawPath("\(folder.url.path)/\(name)") }

    private func plan(_ names: String..., format: String? = nil, overwrite: Bool = false) throws -> ProcessPlan {
        try ProcessPlan(
            paths: names.map(path),
            wanted: ProcessRequest(["transforms": "invert", "format": format ?? ""]), overwrite: overwrite)
    }

    /// The input, the output and the format of each item.
    private func pairs(_ plan: ProcessPlan) -> [[String]] {
        plan.items.map { item in
            [item.source.path, item.output].map { "\($0.name)" } + [item.request.format?.rawValue ?? ""]
        }
    }

    /// The error of a refused command.
    private func refusal(_ body: () throws -> ProcessPlan) -> String? {
        let before = folder.contents
        defer { #expect(folder.contents == before) }
        do {
            _ = try body()
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func link(_ name: String, to destination: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.path(name), withDestinationPath: destination)
    }

    private func hardLink(_ name: String, to other: String) throws {
        try FileManager.default.linkItem(atPath: folder.path(other), toPath: folder.path(name))
    }

    private func make(_ name: String) throws { try Folder.make(path(name)) }

    @Test func theOutputsNameDecidesItsFormat() throws {
        #expect(pairs(try plan("a.jpg", "out.webp")) == [["a.jpg", "out.webp", "webp"]])
        #expect(pairs(try plan("d", "out.TIFF")) == [["d", "out.TIFF", "tiff"]])
        #expect(folder.contents.count == 4)
    }

    @Test func aFormatThatIsNamedWins() throws {
        #expect(pairs(try plan("a.jpg", "out.dat", format: "png")) == [["a.jpg", "out.dat", "png"]])
    }

    @Test func anOutputThatNamesNoFormatIsRefused() {
        #expect(refusal { try plan("a.jpg", "out.gif") }?.contains("--format") == true)
        #expect(refusal { try plan("a.jpg", "out") }?.contains("--format") == true)
    }

    @Test func theRequestHasTheInputsName() throws {
        #expect(try plan("a.jpg", "out.png").items.map(\.request.filename) == ["a.jpg"])
    }

    // MARK: Folders

    @Test func manyInputsGoIntoAFolder() throws {
        let plan = try plan("a.jpg", "b.tif", "c.png", "results")
        #expect(pairs(plan) == [["a.jpg", "a.jpg", "jpeg"], ["b.tif", "b.tif", "tiff"], ["c.png", "c.png", "png"]])
        #expect(plan.newFolder == path("results"))
        #expect(!folder.contents.contains("results"))
    }

    @Test func oneInputGoesIntoAFolderThatEndsInASlash() throws {
        let plan = try plan("d", "results/")
        #expect(pairs(plan) == [["d", "d.png", "png"]])
        #expect(plan.newFolder != nil)
    }

    @Test func anInputWithoutAFormatInItsNameIsRead() throws {
        _ = try folder.image(4, 4, as: .webp)
        try FileManager.default.moveItem(atPath: folder.path("image.webp"), toPath: folder.path("scan.1"))
        try make("results")
        #expect(pairs(try plan("scan.1", "results")) == [["scan.1", "scan.1.webp", "webp"]])
    }

    @Test func oneFormatIsForAll() throws {
        #expect(pairs(try plan("a.jpg", "b.tif", "results", format: "webp")).map { $0[1] } == ["a.webp", "b.webp"])
    }

    @Test func aFolderThatIsThereIsOneWhateverItsName() throws {
        try make("out.png")
        #expect(pairs(try plan("a.jpg", "out.png")) == [["a.jpg", "a.jpg", "jpeg"]])
    }

    @Test func aLinkToAFolderIsAFolder() throws {
        try make("real")
        try link("link", to: "real")
        #expect(pairs(try plan("a.jpg", "link")) == [["a.jpg", "a.jpg", "jpeg"]])
    }

    @Test func aFileIsNoFolder() throws {
        #expect(
            refusal { try plan("a.jpg", "b.tif", "c.png") }?.contains("c.png is not a folder, and 2 inputs need one")
                == true
        )
        #expect(refusal { try plan("a.jpg", "c.png/") }?.contains("c.png") == true)
        #expect(refusal { try plan("a.jpg", "b.tif", "c.png/x") }?.contains("c.png") == true)
    }

    @Test func aFolderBehindALinkToNothingIsNotMade() throws {
        try link("away", to: "nowhere/at/all")
        #expect(refusal { try plan("a.jpg", "b.tif", "away") }?.contains("link") == true)
        #expect(refusal { try plan("a.jpg", "away/") }?.contains("link") == true)
    }

    @Test func anOutputsFolderHasToBeThere() {
        #expect(refusal { try plan("a.jpg", "none/out.png") }?.contains("No such file") == true)
    }

    @Test func aFolderInTheWayIsSeenBeforehand() throws {
        try make("results/a.jpg")
        #expect(refusal { try plan("a.jpg", "results") }?.contains("results/a.jpg") == true)
    }

    // MARK: Inputs

    @Test func anInputThatIsMissingIsNamed() {
        #expect(refusal { try plan("a.jpg", "none.png", "results") }?.contains("none.png cannot be read: ") == true)
    }

    @Test func inputsThatAreNoFilesAreRefused() throws {
        try make("folder.png")
        #expect(refusal { try plan("folder.png", "out.png") }?.contains("it is a folder") == true)
        let device = refusal {
            try ProcessPlan(
                paths: [RawPath("/dev/zero"), path("out.png")],
                wanted: ProcessRequest(["transforms": "invert"]), overwrite: false)
        }
        #expect(device?.contains("/dev/zero cannot be read: it is a device") == true)
        #expect(refusal { try plan("a.jpg/", "out.png") }?.contains("Not a directory") == true)
    }

    private func plan(_ names: [String], _ fields: [String: String]) throws -> ProcessPlan {
        try ProcessPlan(
            paths: names.map(path), wanted: ProcessRequest(fields.merging(["transforms": "invert"]) { one, _ in one }),
            overwrite: false)
    }

    @Test func anOptionGoesToTheResultsThatHaveIt() throws {
        let mixed = try plan(["a.jpg", "c.png", "b.tif", "results/"], ["quality": "80", "level": "9"])
        #expect(mixed.items.map(\.request.quality) == [80, nil, nil])
        #expect(mixed.items.map(\.request.options.level) == [nil, 9, nil])
        let deflated = try plan(
            ["c.png", "b.tif", "results/"], ["level": "9", "compression": "deflate"])
        #expect(deflated.items.map(\.request.options.level) == [9, 9])
        #expect(deflated.items.map(\.request.options.compression) == [nil, .deflate])
    }

    @Test(arguments: [
        (["c.png", "b.tif", "results/"], ["quality": "80"], "quality is for "),
        (["c.png", "e.jpg"], ["compression": "none"], "compression is for tiff; the result is jpeg"),
        (["a.jpg", "results/"], ["format": "png", "progressive": "true"], "progressive is for jpeg; the result is"),
    ])
    func anOptionThatNoResultHasIsRefused(names: [String], fields: [String: String], reason: String) throws {
        let error = #expect(throws: SettingsError.self) { try plan(names, fields) }
        #expect(try #require(error?.description).hasPrefix(reason))
        #expect(!FileManager.default.fileExists(atPath: "\(folder.url.path)/results"))
    }

    @Test func oneAloneIsTooLittle() {
        #expect(refusal { try plan("a.jpg") } != nil)
        #expect(refusal { try plan() } != nil)
    }

    @Test func standardInputIsReadOnce() {
        #expect(refusal { try plan("-", "-", "results") }?.contains("only once") == true)
    }

    @Test func standardOutputTakesOneImage() throws {
        #expect(refusal { try plan("a.jpg", "b.tif", "-") }?.contains("2 inputs") == true)
        let one = try plan("a.jpg", "-")
        #expect(one.usesStandardOutput)
        #expect(one.items.map(\.request.format) == [nil])
    }

    // MARK: Collisions

    @Test func twoInputsCannotBecomeOneFile() throws {
        try folder.write([1], to: "a.png")
        #expect(refusal { try plan("a.png", "a.jpg", "results", format: "png") }?.contains("a.png") == true)
        try make("there")
        #expect(refusal { try plan("a.png", "a.jpg", "there", format: "png") }?.contains("a.png") == true)
        try link("there/b.tif", to: "a.jpg")
        #expect(refusal { try plan("a.jpg", "b.tif", "there") }?.contains("both become") == true)
    }

    @Test func twoSpellingsOfALetterAreTwoFiles() throws {
        let names = ["\u{E9}.png", "e\u{301}.png"].map(RawPath.init)
        for name in names {
            let file = try OutputFile(in: Folder(path("")), fileExtension: "png")
            try Data([1]).write(to: URL(filePath: file.part))
            _ = try file.publish(as: name) { _ in }
        }
        let plan = try ProcessPlan(
            paths: names.map { path("").appending($0) } + [path("results")],
            wanted: ProcessRequest(["transforms": "invert"]), overwrite: false)
        #expect(plan.items.map(\.output.name) == names)
    }

    // MARK: Sources that would be replaced

    private static let overwrite = "would replace the input"

    @Test func aSourceIsNotReplaced() throws {
        #expect(refusal { try plan("a.jpg", "a.jpg") }?.contains(Self.overwrite) == true)
        let message = refusal { try plan("a.jpg", "c.png", ".") }
        #expect(message?.contains("a.jpg") == true && message?.contains("--overwrite") == true)
    }

    @Test(arguments: ["soft.jpg", "hard.jpg", "way/a.jpg", "x/../a.jpg", "soft-to-soft.jpg"])
    func aSourceIsKnownByAnyName(
        _ name: String
    ) throws {
        try make("x")
        try link("soft.jpg", to: "a.jpg")
        try link("soft-to-soft.jpg", to: "x/../soft.jpg")
        try hardLink("hard.jpg", to: "a.jpg")
        try link("way", to: ".")
        #expect(refusal { try plan("a.jpg", name) }?.contains(Self.overwrite) == true)
        #expect(refusal { try plan(name, "a.jpg") }?.contains(Self.overwrite) == true)
    }

    @Test func aSourceCanBeReplacedByItsOwnResult() throws {
        let plan = try plan("a.jpg", "c.png", ".", overwrite: true)
        #expect(plan.items.map(\.output.name) == ["a.jpg", "c.png"].map(RawPath.init))
        #expect(plan.keptSources.isEmpty)
    }

    @Test func theSourceOfAnotherIsNeverReplaced() throws {
        try make("there")
        try hardLink("there/b.tif", to: "a.jpg")
        let message = refusal { try plan("a.jpg", "b.tif", "there", overwrite: true) }
        #expect(message?.contains("there/b.tif is the input") == true)
        try hardLink("twin.jpg", to: "a.jpg")
        #expect(refusal { try plan("a.jpg", "twin.jpg", ".", overwrite: true) } != nil)
    }

    /// The command would wait for its own output forever.
    @Test func onePipeIsNotInputAndOutput() throws {
        #expect(unsafe mkfifo(folder.path("pipe"), 0o600) == 0)
        #expect(refusal { try plan("pipe", "pipe", format: "png", overwrite: true) }?.contains("is the input") == true)
        #expect(unsafe mkfifo(folder.path("other"), 0o600) == 0)
        #expect(try plan("pipe", "other", format: "png").items.count == 1)
    }

    @Test func aFileThatIsNoSourceIsReplaced() throws {
        #expect(pairs(try plan("a.jpg", "c.png")) == [["a.jpg", "c.png", "png"]])
    }

    // MARK: Names

    @Test func aNameThatIsTooLongIsSeenBeforehand() throws {
        let long = String(repeating: "x", count: 252)
        try folder.write([1], to: long)
        try make("there")
        for target in ["there", "results/"] {
            #expect(refusal { try plan(long, target, format: "webp") }?.contains("257 bytes") == true)
        }
        #expect(refusal { try plan("a.jpg", "\(long).webp") }?.contains("too long") == true)
        #expect(try plan("a.jpg", "\(String(repeating: "x", count: 251)).png").items.count == 1)
    }

    /// An earlier version took the empty output for a folder.
    @Test func anEmptyNameIsShown() {
        for paths in [[RawPath([]), path("out.png")], [path("a.jpg"), RawPath([])]] {
            let refusal = refusal {
                try ProcessPlan(
                    paths: paths, wanted: ProcessRequest(["transforms": "invert"]), overwrite: false)
            }
            #expect(refusal?.contains("is empty") == true && refusal?.contains("folder") == false)
        }
    }

    /// The exit status is 64, as the help says. In an earlier version it was 1 for some of them.
    @Test(arguments: [["a.jpg", "b.tif", "c.png"], ["a.jpg", "c.png/"], ["a.jpg", "b.tif", "-"], ["a.jpg"]])
    func anInvalidCommandIsASettingsError(names: [String]) {
        #expect(throws: SettingsError.self) {
            try ProcessPlan(
                paths: names.map(path), wanted: ProcessRequest(["transforms": "invert"]), overwrite: false)
        }
    }

    // MARK: Requests

    @Test func anInvalidRequestIsRefused() {
        #expect(refusal { try plan("a.jpg", "out.png", format: "gif") }?.contains("gif") == true)
        #expect(throws: SettingsError.self) {
            _ = try ProcessRequest(["transforms": "blurr"])
        }
    }
}
