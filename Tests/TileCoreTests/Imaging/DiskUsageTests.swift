import Foundation
import Testing

@testable import TileCore

@Suite struct DiskUsageTests {
    @Test func usageOfAFileIsItsBlocks() throws {
        let folder = try TemporaryFolder()
        try folder.write(Array(repeating: 1, count: 100_000), to: "file")
        #expect((100_000...200_000).contains(DiskUsage.bytes(ofFile: folder.file("file"))))
        #expect(DiskUsage.bytes(ofFile: folder.file("none")) == 0)
    }

    /// A canvas reserves its space when it is made. A file with holes takes no space for them.
    @Test func reservedBlocksCountAndHolesDoNot() throws {
        let folder = try TemporaryFolder()
        let size = PixelSize(width: 1000, height: 300)
        _ = try Canvas.create(path: folder.file("canvas"), size: size, format: .gray(.eight))
        #expect(DiskUsage.bytes(ofFile: folder.file("canvas")) >= 300_000)
        try folder.write([], to: "holes")
        let holes = try FileHandle(forWritingTo: URL(filePath: folder.file("holes")))
        try holes.truncate(atOffset: 1 << 30)
        try holes.close()
        #expect(DiskUsage.bytes(ofFile: folder.file("holes")) < 1 << 20)
    }

    @Test func usageOfAFolderIsThatOfItsFiles() throws {
        let folder = try TemporaryFolder()
        #expect(DiskUsage.bytes(ofFilesIn: folder.path) == 0)
        #expect(DiskUsage.bytes(ofFilesIn: folder.file("none")) == 0)
        let names = ["a", "some longer name.raw", "ü"]
        for name in names { try folder.write(Array(repeating: 1, count: 50_000), to: name) }
        let each = names.map { DiskUsage.bytes(ofFile: folder.file($0)) }
        #expect(each.allSatisfy { $0 >= 50_000 })
        #expect(DiskUsage.bytes(ofFilesIn: folder.path) == each.reduce(0, +))
    }
}
