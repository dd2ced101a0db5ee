import Testing

@testable import TileCore

@Suite struct PixelFormatTests {
    @Test func formatsHaveOneThreeOrFourChannels() {
        for depth in SampleDepth.allCases {
            for channels in -1...6 {
                let format = PixelFormat(channels: channels, depth: depth)
                #expect((format != nil) == [1, 3, 4].contains(channels))
                #expect(format?.bytesPerPixel == format.map { _ in channels * (depth == .eight ? 1 : 2) })
                #expect(format?.hasAlpha == format.map { _ in channels == 4 })
            }
        }
        #expect(SampleDepth(rawValue: 8)?.maximum == 255)
        #expect(SampleDepth(rawValue: 16)?.maximum == 65535)
        #expect(SampleDepth(rawValue: 32) == nil)
        #expect(PixelFormat.everyFormat.map(\.description).contains("16-bit RGB with alpha"))
    }

    @Test func sizesAreFrom1ToTheMaximum() {
        let most = PixelSize.maximumSide
        for (width, height, valid) in [
            (1, 1, true), (most, most, true), (0, 1, false), (1, 0, false), (-1, 5, false), (most + 1, 1, false),
            (1, most + 1, false), (Int.max, 1, false), (Int.min, Int.min, false),
        ] {
            #expect(PixelSize.isValid(width: width, height: height) == valid, "\(width)×\(height)")
        }
        // The byte count of the largest image does not overflow.
        #expect(PixelBuffer.byteCount(size: PixelSize(width: most, height: most), format: .bgra(.sixteen)) == 1 << 43)
        #expect(PixelSize(width: 3, height: 2).transposed == PixelSize(width: 2, height: 3))
    }
}
