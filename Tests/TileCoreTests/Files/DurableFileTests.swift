import Testing

@testable import TileCore

@Suite struct DurableFileTests {
    @Test func aPublishedFileReplacesTheExistingOne() throws {
        let folder = try TemporaryFolder()
        try folder.write([1, 2, 3], to: "part")
        try folder.write([9], to: "whole")
        #expect(try DurableFile.publish(folder.file("part"), as: folder.file("whole")) == 3)
        #expect(try folder.contents() == ["whole"])
        #expect(try folder.bytes(of: "whole") == [1, 2, 3])
        #expect(try DurableFile.sync(folder.file("whole")) == 3)
    }

    @Test func aMissingFileCannotBePublished() throws {
        let folder = try TemporaryFolder()
        try folder.write([9], to: "whole")
        let error = try #require(
            #expect(throws: FileError.self) {
                try DurableFile.publish(folder.file("part"), as: folder.file("whole"))
            })
        #expect(error.reason.contains("part") && error.reason.contains("No such file"), "\(error.reason)")
        #expect(try folder.bytes(of: "whole") == [9])
        try folder.write([1], to: "part")
        #expect(throws: FileError.self) {
            try DurableFile.publish(folder.file("part"), as: folder.file("none/whole"))
        }
    }

    @Test func aNameIsSyncedWhereverItsFolderIs() throws {
        let folder = try TemporaryFolder()
        try folder.write([1], to: "file")
        try DurableFile.syncFolder(of: folder.file("file"))
        // In the working folder, and in the root folder.
        try DurableFile.syncFolder(of: "file")
        try DurableFile.syncFolder(of: "/file")
        let error = try #require(
            #expect(throws: FileError.self) { try DurableFile.syncFolder(of: folder.file("none/file")) })
        #expect(error.reason.contains("none") && error.reason.contains("No such file"), "\(error.reason)")
    }
}
