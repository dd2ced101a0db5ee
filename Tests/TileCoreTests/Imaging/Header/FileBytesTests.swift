import Testing

@testable import TileCore

@Suite struct FileBytesTests {
    /// The file is read in windows of 4 KiB and searched in blocks of 256 KiB.
    @Test(arguments: [0, 1, 4094, 4095, 4096, 4097, 266_239, 266_240, 266_241, 528_384, 599_999])
    func searchesAcrossBlocks(_ offset: Int) throws {
        let zeros = [UInt8](repeating: 0, count: 600_000)
        let file = try HeaderFile(zeros.overwriting(at: offset, with: [0xFF]))
        var bytes = try FileBytes(path: file.path)
        #expect(try bytes.byte(at: 0) == (offset == 0 ? 0xFF : 0))
        #expect(try bytes.firstOffset(of: 0xFF, from: 0) == offset)
        #expect(try bytes.firstOffset(of: 0xFF, from: offset) == offset)
        #expect(try bytes.firstOffset(of: 0xFF, from: offset + 1) == nil)
        #expect(try bytes.firstOffset(of: 0, from: 600_000) == nil)
    }

    @Test func readsAcrossWindows() throws {
        let content = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 3) }
        let file = try HeaderFile(content)
        var bytes = try FileBytes(path: file.path)
        #expect(bytes.size == 10_000)
        for offset in [0, 4090, 4096, 9000, 100, 8190, 9995] {
            #expect(try bytes.bytes(at: offset, count: 5, of: "a test") == Array(content[offset..<(offset + 5)]))
            let two = (Int(content[offset]), Int(content[offset + 1]))
            #expect(try bytes.uint16(at: offset, .little) == two.0 | two.1 << 8)
            #expect(try bytes.uint16(at: offset, .big) == two.0 << 8 | two.1)
        }
        #expect(try bytes.bytes(at: 0, count: 10_000, of: "a test") == content)
    }

    @Test(arguments: [(9, 2), (10, 1), (-1, 1), (0, 11), (0, -1), (Int.max, 1), (1, Int.max), (Int.min, 4)])
    func refusesWhatIsNotInTheFile(_ offset: Int, _ count: Int) throws {
        let file = try HeaderFile([UInt8](repeating: 7, count: 10))
        var bytes = try FileBytes(path: file.path)
        #expect(throws: Never.self) { try bytes.require(0, at: 10, for: "nothing") }
        do {
            let read = try bytes.bytes(at: offset, count: count, of: "its tail")
            Issue.record("read \(read) from beyond the file")
        } catch {
            #expect(error.code == .truncated)
            #expect(error.reason.contains("10 bytes"))
            #expect(error.reason.contains("its tail"))
        }
    }

    /// The upload may be replaced while it is read.
    @Test func fileThatShrinks() throws {
        let file = try HeaderFile([UInt8](repeating: 7, count: 10_000))
        var bytes = try FileBytes(path: file.path)
        try file.truncate(to: 5000)
        let result = Result { () throws(ImageHeaderError) in try bytes.byte(at: 9999) }
        guard case .failure(let error) = result else {
            Issue.record("a byte was read that is no longer there")
            return
        }
        #expect(error.code == .truncated)
    }
}
