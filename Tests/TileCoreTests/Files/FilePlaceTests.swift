import Foundation
import Testing

@testable import TileCore

@Suite struct FilePlaceTests {
    private let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    private func path(_ name: String) -> RawPath { RawPath(temporary.file(name)) }

    private func link(_ name: String, to destination: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: temporary.file(name), withDestinationPath: destination)
    }

    private func make(_ name: String) throws { try Folder.make(path(name)) }

    @Test func aNameIsItsPlace() throws {
        let (place, there) = try FilePlace.following(path("a"))
        #expect(place.name == RawPath("a"))
        #expect(try place.folderIdentity == FileFacts.of(RawPath(temporary.path)).identity)
        #expect(there == nil)
    }

    @Test func linksAreFollowedToTheirEnd() throws {
        try make("x/y")
        try temporary.write([1], to: "x/real")
        try link("one", to: "x/y/two")
        try link("x/y/two", to: "../real")
        let (place, there) = try FilePlace.following(path("one"))
        #expect(place.name == RawPath("real"))
        #expect(try place.folderIdentity == FileFacts.of(path("x")).identity)
        #expect(there?.size == 1)
        #expect(try place.facts()?.identity == there?.identity)
    }

    @Test func aLinkToNothingIsFollowed() throws {
        try make("x")
        try link("one", to: "x/new")
        let (place, there) = try FilePlace.following(path("one"))
        #expect(place.name == RawPath("new") && there == nil)
        #expect(try place.folderIdentity == FileFacts.of(path("x")).identity)
    }

    @Test func waysThroughLinkedFoldersAreOnePlace() throws {
        try make("x")
        try link("way", to: "x")
        let (one, other) = (try FilePlace.following(path("way/a")).0, try FilePlace.following(path("x/../x/a")).0)
        #expect(one == other && one.hashValue == other.hashValue)
    }

    @Test func cyclicLinksAreRefused() throws {
        try link("a", to: "b")
        try link("b", to: "a")
        #expect(throws: FileError.self) { try FilePlace.following(path("a")) }
    }

    @Test func aFolderThatIsMissingIsNamed() throws {
        #expect(throws: FileError.self) { try FilePlace.following(path("none/a")) }
        try link("one", to: "none/a")
        #expect(throws: FileError.self) { try FilePlace.following(path("one")) }
    }

    @Test func anotherFolderAtThePathIsNoticed() throws {
        try make("x")
        let place = try FilePlace.following(path("x/a")).0
        try FileManager.default.moveItem(atPath: temporary.file("x"), toPath: temporary.file("old"))
        try make("x")
        #expect(throws: FileError.self) { try place.openFolder() }
    }

    // MARK: Folders

    @Test func foldersAreMadeOnTheWay() throws {
        try Folder.make(path("p/q/r/"))
        try Folder.make(path("p/q/r"))
        #expect(try FileFacts.of(path("p/q/r")).kind == .folder)
    }

    @Test func aFileIsNoFolder() throws {
        try temporary.write([1], to: "a")
        #expect(throws: FileError.self) { try Folder.make(path("a")) }
        #expect(throws: FileError.self) { try Folder.make(path("a/b")) }
        #expect(throws: FileError.self) { try Folder(path("a")) }
    }

    @Test func namesHaveALimit() throws { #expect(try Folder(RawPath(temporary.path)).longestName == 255) }
}
