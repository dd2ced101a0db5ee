import Testing
import TileCore

@testable import MasterDaemon

@Suite struct CodecLimitsTests {
    private static let size = PixelSize(width: 1000, height: 1000)

    /// Decoders of the other formats need a buffer of constant size.
    @Test(arguments: ImageFileFormat.allCases)
    func onlyWebPAndTIFFNeedMemoryForTheSource(format: ImageFileFormat) {
        let memory = [0, 1 << 30].map { CodecLimits.decoding(Self.size, sourceBytes: $0, format).memory }
        #expect((memory[1] > memory[0]) == (format == .webp || format == .tiff))
        #expect(
            CodecLimits.encoding(Self.size, sourceBytes: 0, format).memory
                == CodecLimits.encoding(Self.size, sourceBytes: 1 << 30, format).memory)
    }

    /// A JPEG file is searched for metadata up to its end.
    @Test func timeForAHeaderGrowsWithTheFile() {
        #expect(CodecLimits.header(sourceBytes: 1_000_000).cpuSeconds == 10)
        #expect(CodecLimits.header(sourceBytes: 16 << 30).cpuSeconds > 150)
    }
}
