import Foundation
import Testing

@testable import TileCore

@Suite struct OpenFileTests {
    private let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    private struct Enough: Error {}

    private func pipe() throws -> RawPath {
        let path = temporary.file("pipe")
        guard unsafe mkfifo(path, 0o600) == 0 else { throw FileError.system(errno, "cannot make a pipe") }
        return RawPath(path)
    }

    @Test func aRemovedFileIsReadByItsDescriptor() throws {
        try temporary.write([1, 2, 3], to: "a")
        let file = try OpenFile(RawPath(temporary.file("a")))
        try FileManager.default.removeItem(atPath: temporary.file("a"))
        #expect(file.canBeReopened)
        for _ in 0..<2 { #expect(FileManager.default.contents(atPath: file.path) == Data([1, 2, 3])) }
    }

    @Test func aPipeIsKeptInAFileWithoutAName() async throws {
        let path = try pipe()
        let bytes = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) })
        let name = temporary.file("pipe")
        let writer = Thread {
            let handle = FileHandle(forWritingAtPath: name)
            handle?.write(bytes)
            try? handle?.close()
        }
        writer.start()
        let source = try OpenFile(path)
        #expect(source.facts.kind == .pipe && !source.canBeReopened)
        let copy = try source.spooled(in: RawPath(temporary.path), limit: 300_000) {}
        #expect(copy.facts.size == 300_000 && copy.canBeReopened)
        #expect(FileManager.default.contents(atPath: copy.path) == bytes)
        #expect(try temporary.contents() == ["pipe"])
    }

    @Test func moreThanTheLimitIsRefused() throws {
        try temporary.write([UInt8](repeating: 1, count: 1000), to: "a")
        let file = try OpenFile(RawPath(temporary.file("a")))
        #expect(throws: FileError.self) { try file.spooled(in: RawPath(temporary.path), limit: 999) {} }
    }

    @Test func waitingForAPipeCanBeEnded() throws {
        let source = try OpenFile(try pipe())
        var asked = 0
        #expect(throws: Enough.self) {
            try source.spooled(in: RawPath(temporary.path), limit: 10) {
                asked += 1
                if asked == 3 { throw Enough() }
            }
        }
    }

    @Test func waitingForAReaderCanBeEnded() throws {
        let path = try pipe()
        var asked = 0
        #expect(throws: Enough.self) {
            _ = try ByteSink.open(path) {
                asked += 1
                if asked == 3 { throw Enough() }
            }
        }
    }

    @Test func aPipeTakesAFile() throws {
        let path = try pipe()
        let bytes = Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 3) })
        try bytes.write(to: URL(filePath: temporary.file("a")))
        let reading = try OpenFile(path)
        let thread = Thread { [temporary] in
            try? ByteSink.open(path) {}.write(OpenFile(RawPath(temporary.file("a")))) {}
        }
        thread.start()
        let copy = try reading.spooled(in: RawPath(temporary.path), limit: 1 << 20) {}
        #expect(FileManager.default.contents(atPath: copy.path) == bytes)
    }

    @Test func identitiesGoThroughLinks() throws {
        try temporary.write([1], to: "a")
        try FileManager.default.linkItem(atPath: temporary.file("a"), toPath: temporary.file("hard"))
        try FileManager.default.createSymbolicLink(atPath: temporary.file("soft"), withDestinationPath: "a")
        try temporary.write([1], to: "b")
        let ids = try ["a", "hard", "soft", "b"].map { try FileFacts.of(RawPath(temporary.file($0))).identity }
        #expect(ids[0] == ids[1] && ids[0] == ids[2] && ids[0] != ids[3])
    }
}
