import Foundation
import Testing

@testable import TileCore

@Suite struct FileObstacleTests {
    private func cause(_ path: String, _ use: FileObstacle.Use = .read) -> String? {
        FileObstacle.find(at: RawPath(path), for: use)?.description
    }

    @Test func usableFilesHaveNoObstacle() throws {
        let folder = try TemporaryFolder()
        try folder.write([1], to: "file")
        #expect(cause(folder.file("file")) == nil)
        #expect(cause(folder.file("file"), .write) == nil)
        #expect(cause(folder.path, .fill) == nil)
        #expect(cause("/") == "Is a directory")
    }

    @Test func missingFilesAndFoldersAreNamed() throws {
        let folder = try TemporaryFolder()
        try folder.write([1], to: "file")
        #expect(cause(folder.file("none")) == "there is no such file")
        #expect(cause(folder.file("none/deep/file")) == "there is no folder \(folder.file("none"))")
        #expect(cause(folder.file("file/inside")) == "\(folder.file("file")) is no folder")
        #expect(cause(folder.file("file"), .fill) == "\(folder.file("file")) is no folder")
        #expect(FileObstacle.find(at: RawPath(folder.file("none")), for: .fill)?.isMissing == true)
    }

    @Test func aFileToComeNeedsItsFolder() throws {
        let folder = try TemporaryFolder()
        #expect(FileObstacle.find(whenWriting: RawPath(folder.file("new"))) == nil)
        let obstacle = FileObstacle.find(whenWriting: RawPath(folder.file("none/new")))
        #expect(obstacle?.description == "there is no folder \(folder.file("none"))")
    }

    @Test func theFoldersOnTheWay() {
        func folders(_ path: String) -> [String] { RawPath(path).foldersOnTheWay.map(\.description) }
        #expect(folders("/etc/tilework/tls.key") == ["/", "/etc", "/etc/tilework"])
        #expect(folders("data/keys") == [".", "data"])
        #expect(folders("file") == ["."])
        #expect(folders("/") == ["/"])
    }

    /// Tests only the text, because root can use every file.
    @Test func theDescriptionNamesTheUser() throws {
        let folder = try TemporaryFolder()
        try folder.write([1], to: "file")
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: folder.file("file"))
        let (path, place) = (RawPath(folder.file("file")), RawPath(folder.path))
        let facts = try FileFacts.of(path)
        let owner = "\(AccountName.ofUser(facts.owner)):\(AccountName.ofGroup(facts.group))"
        let own = FileObstacle(path: path, place: path, cause: .closed(facts), user: "the user ann (uid 7)")
        #expect(
            own.description
                == "permission denied for the user ann (uid 7); it belongs to \(owner) and has the mode 0640")
        let onTheWay = FileObstacle(path: path, place: place, cause: .closed(facts), user: "the user ann (uid 7)")
        #expect(onTheWay.description.contains("; the folder \(place) belongs to \(owner) and has the mode 0640"))
    }

    @Test func aNamedFileIsReadOrItsObstacleTold() throws {
        let folder = try TemporaryFolder()
        try folder.write(Array("secret".utf8), to: "file")
        #expect(try NamedFile.bytes(of: folder.file("file")) == Array("secret".utf8))
        let error = #expect(throws: FileError.self) { try NamedFile.bytes(of: folder.file("none")) }
        #expect(
            error?.reason == "\(folder.file("none")) cannot be read: there is no such file" && error?.isMissing == true)
        #expect(throws: FileError.self) { try NamedFile.bytes(of: folder.path) }
    }

    @Test func aPortIsHeldByAProcess() throws {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0
               1: 0100007F:1F90 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0
               2: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0
            """
        #expect(PortHolder.inodes(listeningAt: 8080, in: table) == ["4711"])
        #expect(PortHolder.inodes(listeningAt: 1, in: table) == [])
    }

    @Test func theDiskOfAFolderToComeHasSpace() throws {
        let folder = try TemporaryFolder()
        let here = try #require(DiskSpace.free(at: folder.path))
        #expect(here.free > 0 && here.free <= here.size)
        #expect(DiskSpace.free(at: folder.file("none/yet"))?.size == here.size)
    }
}
