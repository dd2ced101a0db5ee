import Foundation
import NIOCore
import Testing

@testable import MasterDaemon

/// Zip files as other programs read them.
@Suite struct ZipLayoutTests {
    private let time = Date(timeIntervalSince1970: 1_790_000_000)

    /// A zip file of these files, put together as it is sent.
    private func zip(_ files: [(name: String, bytes: [UInt8])]) -> ByteBuffer {
        let layout = ZipLayout(files.map { ZipLayout.Entry(name: $0.name, bytes: $0.bytes.count, time: time) })
        var (out, sums) = (ByteBuffer(), [UInt32]())
        for (index, file) in files.enumerated() {
            out.writeImmutableBuffer(layout.head(index))
            out.writeBytes(file.bytes)
            let sum = Checksum()
            sum.add(ByteBuffer(bytes: file.bytes))
            sums.append(sum.value)
            out.writeImmutableBuffer(layout.tail(index, sum: sum.value))
        }
        out.writeImmutableBuffer(layout.directory(sums: sums))
        #expect(out.readableBytes == layout.length)
        return out
    }

    private func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        (process.standardOutput, process.standardError) = (pipe, pipe)
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    @Test func otherProgramsReadIt() throws {
        let folder = try TestFolder()
        let files: [(name: String, bytes: [UInt8])] = [
            ("a.png", Array("first".utf8)), ("Ünïcode 日本.jpg", (0..<100_003).map { UInt8(truncatingIfNeeded: $0 * 7) }),
            ("b (2).tif", [0]),
        ]
        let path = try folder.write(Array(zip(files).readableBytesView), to: "all.zip")
        let read = try run([
            "python3", "-c",
            """
            import sys, zipfile
            with zipfile.ZipFile(sys.argv[1]) as file:
                assert file.testzip() is None
                for one in file.infolist():
                    print(one.filename, one.file_size, sum(file.read(one)), one.compress_type)
            """, path,
        ])
        let sums = files.map { "\($0.name) \($0.bytes.count) \($0.bytes.reduce(0) { $0 + Int($1) }) 0" }
        #expect(read.status == 0 && read.output == sums.joined(separator: "\n") + "\n", "\(read.output)")
    }

    /// Sizes and offsets beyond 4 GiB are stored in other fields. The zip file has holes in place of its files' bytes.
    @Test func largeFilesAreRead() throws {
        let folder = try TestFolder()
        let sizes = [5 << 30, 7, 0xFFFF_FFFF, 9]
        let layout = ZipLayout(
            sizes.enumerated().map { ZipLayout.Entry(name: "\($0.offset).bin", bytes: $0.element, time: time) })
        // The reader reads small files to their end, and so checks their sums.
        let sums = sizes.enumerated().map { index, size in
            guard size < 100 else { return UInt32(index) }
            let sum = Checksum()
            sum.add(ByteBuffer(repeating: 0, count: size))
            return sum.value
        }
        let path = try folder.write([], to: "large.zip")
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        for (index, size) in sizes.enumerated() {
            try file.write(contentsOf: Data(layout.head(index).readableBytesView))
            try file.seek(toOffset: try file.offset() + UInt64(size))
            try file.write(contentsOf: Data(layout.tail(index, sum: sums[index]).readableBytesView))
        }
        try file.write(contentsOf: Data(layout.directory(sums: sums).readableBytesView))
        #expect(try file.offset() == UInt64(layout.length))
        try file.close()
        let read = try run([
            "python3", "-c",
            """
            import sys, zipfile
            with zipfile.ZipFile(sys.argv[1]) as file:
                for one in file.infolist():
                    with file.open(one) as part:
                        part.read(1)
                    print(one.filename, one.file_size, one.CRC)
            """, path,
        ])
        let lines = sizes.enumerated().map { "\($0.offset).bin \($0.element) \(sums[$0.offset])\n" }
        #expect(read.status == 0 && read.output == lines.joined(), "\(read.output)")
    }

    @Test(arguments: [("123456789", 0xCBF4_3926 as UInt32), ("", 0), ("a", 0xE8B7_BE43)])
    func checksumsAreThoseOfTheStandard(text: String, value: UInt32) {
        let sum = Checksum()
        for byte in text.utf8 { sum.add(ByteBuffer(bytes: [byte])) }
        #expect(sum.value == value)
        let whole = Checksum()
        whole.add(ByteBuffer(string: text))
        #expect(whole.value == value)
    }

    @Test func noTwoFilesHaveOneName() {
        var names = ArchiveNames()
        let asked = ["a.png", "a.png", "A.PNG", "a (2).png", "b", "b", "x/../y.png", ".png", ".png"]
        let given = asked.map { names.unique($0) }
        #expect(
            given == [
                "a.png", "a (2).png", "A (3).PNG", "a (2) (2).png", "b", "b (2)", "x_.._y.png", ".png", ".png (2)",
            ])
        #expect(Set(given.map { $0.lowercased() }).count == given.count)
    }
}
