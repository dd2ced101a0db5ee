import Foundation
import Testing

@testable import TileCore

@Suite struct OutputFileTests {
    private let temporary: TemporaryFolder
    private let folder: Folder

    init() throws {
        temporary = try TemporaryFolder()
        folder = try Folder(RawPath(temporary.path))
    }

    private func write(_ bytes: [UInt8], to output: OutputFile) throws {
        try Data(bytes).write(to: URL(filePath: output.part))
    }

    private func mode(of name: String) throws -> UInt32 { try FileFacts.of(RawPath(temporary.file(name))).mode }

    private func setMode(_ mode: Int, of name: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: temporary.file(name))
    }

    private var names: Set<String> { get throws { Set(try temporary.contents()) } }

    @Test func aPublishedFileHasItsNameAndNothingElseIsThere() throws {
        let output = try OutputFile(in: folder, fileExtension: "png")
        #expect(output.part.hasSuffix(".png"))
        #expect(!FileManager.default.fileExists(atPath: output.part))
        try write([1, 2], to: output)
        _ = try output.publish(as: RawPath("a.png")) { _ in }
        #expect(try names == ["a.png"])
        #expect(try temporary.bytes(of: "a.png") == [1, 2])
    }

    @Test func anUnfinishedFileIsPrivate() throws {
        let output = try OutputFile(in: folder, fileExtension: "png")
        let name = try #require(names.first)
        #expect(name.hasPrefix(".tilework-"))
        #expect(try mode(of: name) == 0o700)
        output.abandon()
    }

    @Test func anAbandonedFileLeavesNothing() throws {
        do {
            let output = try OutputFile(in: folder, fileExtension: "png")
            try write([1], to: output)
        }
        #expect(try names.isEmpty)
        let second = try OutputFile(in: folder, fileExtension: "png")
        second.abandon()
        second.abandon()
        #expect(try names.isEmpty)
        #expect(throws: FileError.self) { try second.publish(as: RawPath("a")) { _ in } }
    }

    /// A codec that still runs can create the file again while it is removed.
    @Test func aFileThatIsCreatedAgainIsRemoved() async throws {
        for _ in 0..<200 {
            let output = try OutputFile(in: folder, fileExtension: "png")
            let part = output.part
            let ended = DispatchGroup()
            let begun = DispatchSemaphore(value: 0)
            ended.enter()
            Thread.detachNewThread {
                begun.signal()
                while true {
                    let descriptor = unsafe open(part, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
                    guard descriptor >= 0 else { break }
                    close(descriptor)
                }
                ended.leave()
            }
            begun.wait()
            output.abandon()
            let isLeft = try !names.isEmpty
            #expect(!isLeft)
            guard !isLeft else { break }
            await withCheckedContinuation { continuation in ended.notify(queue: .global()) { continuation.resume() } }
        }
    }

    @Test(arguments: [0o600, 0o640, 0o666, 0o444]) func theModeOfAFileThatIsReplacedStays(_ mode: Int) throws {
        try temporary.write([9], to: "a.png")
        try setMode(mode, of: "a.png")
        let output = try OutputFile(in: folder, fileExtension: "png")
        try write([1, 2], to: output)
        _ = try output.publish(as: RawPath("a.png")) { _ in }
        #expect(try temporary.bytes(of: "a.png") == [1, 2])
        #expect(try self.mode(of: "a.png") == UInt32(mode))
    }

    @Test func ownerAndGroupStayIfFilesCanBeGivenAway() throws {
        guard geteuid() == 0 else { return }
        try temporary.write([9], to: "a.png")
        try FileManager.default.setAttributes(
            [.ownerAccountID: 1234, .groupOwnerAccountID: 4321], ofItemAtPath: temporary.file("a.png"))
        let output = try OutputFile(in: folder, fileExtension: "png")
        try write([1], to: output)
        _ = try output.publish(as: RawPath("a.png")) { _ in }
        let facts = try FileFacts.of(RawPath(temporary.file("a.png")))
        #expect(facts.owner == 1234 && facts.group == 4321)
    }

    @Test func aNewFileHasTheModeThatAnyNewFileHas() throws {
        let plain = try Process.run(URL(filePath: "/usr/bin/touch"), arguments: [temporary.file("plain")])
        plain.waitUntilExit()
        let output = try OutputFile(in: folder, fileExtension: "png")
        try Data([1]).write(to: URL(filePath: output.part))
        _ = try output.publish(as: RawPath("a.png")) { _ in }
        #expect(try mode(of: "a.png") == mode(of: "plain"))
    }

    @Test func theCallerCanRefuseAReplacement() throws {
        try temporary.write([9], to: "a.png")
        let old = try FileFacts.of(RawPath(temporary.file("a.png"))).identity
        let output = try OutputFile(in: folder, fileExtension: "png")
        try write([1], to: output)
        #expect(throws: FileError("no")) {
            try output.publish(as: RawPath("a.png")) { there throws(FileError) in
                #expect(there.identity == old)
                throw FileError("no")
            }
        }
        #expect(try temporary.bytes(of: "a.png") == [9])
        output.abandon()
        #expect(try names == ["a.png"])
    }

    @Test func aFolderIsNotReplaced() throws {
        try FileManager.default.createDirectory(atPath: temporary.file("a"), withIntermediateDirectories: false)
        let output = try OutputFile(in: folder, fileExtension: "png")
        try write([1], to: output)
        #expect(throws: FileError.self) { try output.publish(as: RawPath("a")) { _ in } }
    }

    @Test func namesNeedNotBeUTF8() throws {
        let name = RawPath([0xE9, 0xFF])
        try Folder.make(RawPath(temporary.path).appending(name))
        let inner = try Folder(RawPath(temporary.path).appending(name))
        let output = try OutputFile(in: inner, fileExtension: "png")
        #expect(output.part.utf8.allSatisfy { $0 < 0x80 })
        try write([1, 2, 3], to: output)
        _ = try output.publish(as: name) { _ in }
        #expect(try inner.facts(of: name)?.size == 3)
    }

    @Test func filesOfAKilledProcessAreRemoved() throws {
        let living = try OutputFile(in: folder, fileExtension: "png")
        try write([1], to: living)
        let livingName = try #require(names.first)
        let manager = FileManager.default
        for name in [".tilework-0123456789abcdef", ".tilework-00000000000000aa", ".tilework-mine", ".tilework-0"] {
            try manager.createDirectory(atPath: temporary.file(name), withIntermediateDirectories: false)
        }
        try temporary.write([1], to: ".tilework-0123456789abcdef/part.png")
        try temporary.write([1], to: ".tilework-00000000000000aa/a user's file")
        OutputFile.removeAbandoned(in: folder)
        #expect(try names == [livingName, ".tilework-00000000000000aa", ".tilework-mine", ".tilework-0"])
        _ = try living.publish(as: RawPath("a.png")) { _ in }
        #expect(try temporary.bytes(of: "a.png") == [1])
    }

    /// In a temporary folder for all users, such a link may belong to another user.
    @Test func aLinkWithATemporaryNameIsNotFollowed() throws {
        let link = ".tilework-0123456789abcdef"
        try FileManager.default.createDirectory(atPath: temporary.file("own"), withIntermediateDirectories: false)
        try temporary.write([1], to: "own/part.png")
        try FileManager.default.createSymbolicLink(atPath: temporary.file(link), withDestinationPath: "own")
        OutputFile.removeAbandoned(in: folder)
        #expect(try names == ["own", link])
        #expect(try temporary.bytes(of: "own/part.png") == [1])
    }

    @Test func aResultWithoutANameCanBeRead() throws {
        let output = try OutputFile(in: folder, fileExtension: "png")
        try write([1, 2, 3], to: output)
        let file = try output.takeUnnamed()
        #expect(try names.isEmpty)
        #expect(FileManager.default.contents(atPath: file.path) == Data([1, 2, 3]))
    }
}
