import Foundation
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

@Suite struct ProcessRunTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    /// Makes an image that can be recognized by its width.
    private func image(_ name: String, width: Int = 40) throws {
        let path = try folder.image(width, 20)
        try FileManager.default.moveItem(atPath: path, toPath: folder.path(name))
    }

    private func path(_ name: String) -> RawPath { RawPath("\(folder.url.path)/\(name)") }

    private func header(_ name: String) throws -> ImageHeader { try ImageHeader.read(path: folder.path(name)) }

    /// Runs the command's work and waits for its end.
    private func run(
        _ names: String..., with processor: any ImageProcessor = WholeImageProcessor(), atOnce: Int = 2,
        overwrite: Bool = false, before: (ProcessPlan) throws -> Void = { _ in }
    ) async throws -> Bool {
        let plan = try ProcessPlan(
            paths: names.map(path), wanted: ProcessRequest(["transforms": "grayscale"]),
            overwrite: overwrite)
        try before(plan)
        return try await Self.run(plan, processor, atOnce)
    }

    private static func run(_ plan: ProcessPlan, _ processor: any ImageProcessor, _ atOnce: Int) async throws -> Bool {
        let pool = DiskPool(threads: 2)
        var options = ProcessRun.Options()
        options.imagesAtOnce = atOnce
        options.maximumBytes = 100_000
        let run = ProcessRun(
            plan: plan, processor: processor, disk: pool, cleanup: ExitCleanup(), options: options,
            display: ProgressDisplay())
        let result: Result<Bool, any Error>
        do { result = .success(try await run.run()) } catch { result = .failure(error) }
        await pool.close()
        return try result.get()
    }

    @Test func imagesAreProcessedIntoAFolder() async throws {
        try image("a.png", width: 30)
        try image("b.png", width: 50)
        #expect(try await run("a.png", "b.png", "out/"))
        #expect(folder.contents == ["a.png", "b.png", "out", "out/a.png", "out/b.png"])
        #expect(try header("out/b.png").size.width == 50)
        #expect(try header("out/b.png").pixelFormat == .gray(.eight))
    }

    @Test func aDamagedImageFailsAlone() async throws {
        for index in 0..<6 { try image("\(index).png") }
        try folder.write([1, 2, 3], to: "bad.png")
        try folder.write([], to: "empty.png")
        #expect(
            try await !run("0.png", "bad.png", "1.png", "2.png", "empty.png", "3.png", "4.png", "5.png", "out"))
        #expect(folder.contents.filter { $0.hasPrefix("out/") } == Set((0..<6).map { "out/\($0).png" }))
    }

    @Test func noFolderIsMadeForNothing() async throws {
        try folder.write([1, 2, 3], to: "bad.png")
        #expect(try await !run("bad.png", "out/"))
        #expect(folder.contents == ["bad.png"])
    }

    @Test func aFailureLeavesTheOldFileAndNothingElse() async throws {
        try image("a.png", width: 30)
        try image("b.png", width: 50)
        try FileManager.default.createDirectory(atPath: folder.path("out"), withIntermediateDirectories: false)
        try folder.write([9], to: "out/a.png")
        #expect(try await !run("a.png", "b.png", "out", with: FailingProcessor(width: 30)))
        #expect(folder.contents == ["a.png", "b.png", "out", "out/a.png", "out/b.png"])
        #expect(try folder.bytes(of: "out/a.png") == [9])
    }

    @Test func filesOfAUserThatLookTemporaryStay() async throws {
        try image("a.png")
        let names = ["out.png.part", ".out.png", "out.part.png", ".tilework-0.png"]
        for name in names { try folder.write([7], to: name) }
        #expect(try await run("a.png", "out.png"))
        for name in names { #expect(try folder.bytes(of: name) == [7]) }
        #expect(folder.contents == Set(names + ["a.png", "out.png"]))
    }

    @Test func aSourceTakesItsOwnResultIfThatIsAllowed() async throws {
        try image("a.png")
        #expect(try await run("a.png", "a.png", overwrite: true))
        #expect(try header("a.png").pixelFormat == .gray(.eight))
        #expect(folder.contents == ["a.png"])
    }

    @Test func aLinkStaysAndItsTargetIsWritten() async throws {
        try image("a.png")
        let manager = FileManager.default
        try manager.createDirectory(atPath: folder.path("far"), withIntermediateDirectories: false)
        try folder.write([9], to: "far/old.png")
        try manager.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.path("far/old.png"))
        for (link, end) in ["old.png": "far/old.png", "new.png": "far/new.png"] {
            try manager.createSymbolicLink(atPath: folder.path(link), withDestinationPath: end)
            #expect(try await run("a.png", link))
            #expect(try manager.destinationOfSymbolicLink(atPath: folder.path(link)) == end)
            #expect(try header(end).size.width == 40)
        }
        #expect(try FileFacts.of(path("far/old.png")).mode == 0o600)
    }

    @Test func aRelativeLinkIsRead() async throws {
        try FileManager.default.createDirectory(atPath: folder.path("x"), withIntermediateDirectories: false)
        try image("x/real.png")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("x/link.png"), withDestinationPath: "real.png")
        #expect(try await run("x/link.png", "out/"))
        #expect(try header("out/link.png").size.width == 40)
    }

    @Test func aSourceThatMovesIntoTheWayIsNotReplaced() async throws {
        try image("a.png")
        let before = try folder.bytes(of: "a.png")
        // After planning, the output's name becomes another name of the source.
        let isDone = try await run("a.png", "out.png") { _ in
            try FileManager.default.linkItem(atPath: folder.path("a.png"), toPath: folder.path("out.png"))
        }
        #expect(!isDone)
        #expect(try folder.bytes(of: "a.png") == before)
        #expect(try FileFacts.of(path("out.png")).identity == FileFacts.of(path("a.png")).identity)
    }

    @Test func onlySoManyImagesAtOnce() async throws {
        for index in 0..<7 { try image("\(index).png") }
        let processor = WaitingProcessor()
        let names = (0..<7).map { "\($0).png" } + ["out"]
        let plan = try ProcessPlan(
            paths: names.map(path), wanted: ProcessRequest(["transforms": "invert"]),
            overwrite: false)
        async let result = Self.run(plan, processor, 3)
        var begun = processor.begun.makeAsyncIterator()
        for _ in 0..<3 { await begun.next() }
        processor.goOn()
        #expect(try await result)
        #expect(processor.most == 3)
    }

    @Test func anInterruptionLeavesNothing() async throws {
        for index in 0..<5 { try image("\(index).png") }
        let processor = WaitingProcessor()
        let plan = try ProcessPlan(
            paths: ((0..<5).map { "\($0).png" } + ["out"]).map(path),
            wanted: ProcessRequest(["transforms": "invert"]), overwrite: false)
        let work = Task { try await Self.run(plan, processor, 2) }
        var begun = processor.begun.makeAsyncIterator()
        for _ in 0..<2 { await begun.next() }
        #expect(folder.contents.count > 6)
        work.cancel()
        await #expect(throws: CancellationError.self) { _ = try await work.value }
        #expect(folder.contents == Set((0..<5).map { "\($0).png" } + ["out"]))
    }

    @Test func namesNeedNotBeUTF8() async throws {
        try image("a.png")
        let name = RawPath([0xE9] + Array(".png".utf8))
        let from = path("").appending(name)
        let file = try OutputFile(in: Folder(path("")), fileExtension: "png")
        try FileManager.default.copyItem(atPath: folder.path("a.png"), toPath: file.part)
        _ = try file.publish(as: name) { _ in }
        let target = path("").appending(RawPath([0xFF]))
        let plan = try ProcessPlan(
            paths: [from, RawPath(target.bytes + Array("/".utf8))],
            wanted: ProcessRequest(["transforms": "invert"]), overwrite: false)
        #expect(try await Self.run(plan, WholeImageProcessor(), 1))
        #expect(try FileFacts.of(target.appending(name)).size > 0)
    }
}
