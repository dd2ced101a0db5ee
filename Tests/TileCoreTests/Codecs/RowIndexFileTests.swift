import Foundation
import Testing

@testable import TileCodecs
@testable import TileCore

/// The index of rows at the end of another file.
@Suite struct RowIndexFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func file(_ bytes: [UInt8], and index: RowIndex? = nil) throws -> OwnedDescriptor {
        let path = folder.file("a")
        let file = try OwnedDescriptor(creating: path)
        try Data(bytes).write(to: URL(filePath: path))
        try index?.append(to: file)
        return file
    }

    private func bytes() throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: folder.file("a")))) }

    @Test(arguments: [[0], [1, 2, 3], [Int.max, 1 << 40], Array(0..<20_000)])
    func indexIsReadBack(offsets: [Int]) throws {
        let index = RowIndex(bandRows: 16, offsets: offsets)
        for count in [0, 1, 99] {
            #expect(try RowIndex(endOf: file(Array(repeating: 7, count: count), and: index)) == index)
        }
        #expect(try bytes().prefix(99) == Array(repeating: 7, count: 99)[...])
    }

    @Test func fileWithoutAnIndexGivesNil() throws {
        for count in [0, 1, 15, 16, 17, 1000] {
            #expect(try RowIndex(endOf: file(Array(repeating: 0x54, count: count))) == nil)
        }
    }

    @Test func truncatedIndexIsDamage() throws {
        _ = try file([], and: RowIndex(bandRows: 16, offsets: [1, 2, 3]))
        let whole = try bytes()
        for first in [8, 16, 24, 32] {
            let error = #expect(throws: ImageFileError.self) {
                try RowIndex(endOf: file(Array(whole.dropFirst(first))))
            }
            #expect(error?.code == .damaged)
        }
        for count: UInt8 in [0, 1, 5, 255] {
            var bytes = whole
            bytes[bytes.count - 16] = count
            if count > 1 { bytes[bytes.count - 9] = count }
            let error = #expect(throws: ImageFileError.self) { try RowIndex(endOf: file(bytes)) }
            #expect(error?.code == .damaged, "\(count)")
        }
    }
}
