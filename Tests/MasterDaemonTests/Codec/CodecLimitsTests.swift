import Testing
import TileCore

@testable import MasterDaemon

@Suite struct CodecLimitsTests {
    private static let size = PixelSize(width: 1000, height: 1000)

    /// Of the other formats a buffer is in memory, whatever the file's size.
    @Test(arguments: ImageFileFormat.allCases)
    func someFormatsHaveTheBytesOfASourceInMemory(format: ImageFileFormat) {
        let memory = [0, 1 << 30].map { CodecLimits.decoding(Self.size, sourceBytes: $0, format).memory }
        #expect((memory[1] > memory[0]) == (format == .webp || format == .tiff))
        #expect(
            CodecLimits.encoding(Self.size, sourceBytes: 0, format).memory
                == CodecLimits.encoding(Self.size, sourceBytes: 1 << 30, format).memory)
    }

    /// A JPEG file is searched to its end for metadata.
    @Test func aHeaderTakesTimeWithTheFile() {
        #expect(CodecLimits.header(sourceBytes: 1_000_000).cpuSeconds == 10)
        #expect(CodecLimits.header(sourceBytes: 16 << 30).cpuSeconds > 150)
    }
}
