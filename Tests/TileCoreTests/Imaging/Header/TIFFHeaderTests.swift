import Testing

@testable import TileCore

@Suite struct TIFFHeaderTests {
    @Test(
        arguments: [
            (5, 3, nil), (0, 3, .damaged), (5, 0, .damaged), (1_048_577, 1, .unsupported),
            (0xFFFF_FFFF, 0xFFFF_FFFF, .unsupported), (40_000, 40_000, .unsupported), (5, 4, .damaged), (5, 2, nil),
        ] as [(Int, Int, ImageHeaderError.Code?)])
    func sides(_ width: Int, _ height: Int, _ code: ImageHeaderError.Code?) throws {
        #expect(try header(of: TIFFBuilder(width: width, height: height).file).code == code)
    }

    /// A strip table is as long as the file says, and that can be four billion.
    @Test func countsOfFourBillion() throws {
        for tag in [273, 279, 258, 330, 700] {
            var builder = TIFFBuilder()
            builder.declaredCounts[tag] = 0xFFFF_FFFF
            builder.entries[tag] = builder.entries[tag] ?? TIFFBuilder.Entry(type: 4, values: [8])
            #expect(try header(of: builder.file).code == .truncated, "tag \(tag)")
        }
    }

    @Test(arguments: [273, 279, 256, 257, 262])
    func missingEntries(_ tag: Int) throws {
        var builder = TIFFBuilder()
        builder.entries[tag] = nil
        #expect(try header(of: builder.file).code == .damaged)
    }

    @Test(
        arguments: [
            // Tag, value, what follows: tags that change the meaning of the pixels.
            (262, 0, nil), (262, 2, .unsupported), (262, 5, .unsupported), (262, 8, .unsupported), (262, 3, .damaged),
            (258, 4, .unsupported), (258, 32, .unsupported), (258, 16, .damaged), (259, 6, .unsupported),
            (259, 99, .unsupported), (259, 5, nil), (259, 4, .unsupported), (277, 0, .unsupported),
            (277, 2, .unsupported),
            (277, 0xFFFF, .unsupported), (278, 0, .damaged), (278, 2, .damaged), (284, 2, nil), (284, 3, .damaged),
            (339, 1, nil), (339, 2, .unsupported), (339, 3, .unsupported), (274, 6, nil), (274, 77, nil), (317, 3, nil),
        ] as [(Int, Int, ImageHeaderError.Code?)])
    func tags(_ tag: Int, _ value: Int, _ code: ImageHeaderError.Code?) throws {
        var builder = TIFFBuilder()
        builder.entries[tag] = TIFFBuilder.Entry(type: 3, values: [value])
        #expect(try header(of: builder.file).code == code)
    }

    @Test func orientationTurnsTheSize() throws {
        var builder = TIFFBuilder()
        builder.entries[274] = TIFFBuilder.Entry(type: 3, values: [5])
        let turned = try header(of: builder.file).get()
        #expect(turned.size == PixelSize(width: 3, height: 5))
        #expect(turned.orientation == 5)
    }

    @Test func stripsBeyondTheFile() throws {
        for (tag, value) in [(273, 0xFFFF_FFFF), (279, 0xFFFF_FFFF), (273, 1000), (279, 1000)] {
            var builder = TIFFBuilder()
            builder.entries[tag] = TIFFBuilder.Entry(type: 4, values: [value])
            #expect(try header(of: builder.file).code == .truncated)
        }
        var short = TIFFBuilder()
        short.entries[279] = TIFFBuilder.Entry(type: 4, values: [14])
        #expect(try header(of: short.file).code == .damaged)
    }

    @Test(
        arguments: [
            (16, 8, 1, .unsupported), (32, 8, 1, nil), (16, 8, 5, nil), (48, 8, 1, .unsupported), (16, 16, 1, nil),
            (0, 8, 1, .damaged), (0xFFFF_FFFF, 8, 5, .damaged), (1 << 24, 8, 5, .unsupported),
        ] as [(Int, Int, Int, ImageHeaderError.Code?)])
    func tiles(_ side: Int, _ bits: Int, _ compression: Int, _ code: ImageHeaderError.Code?) throws {
        var builder = TIFFBuilder()
        builder.entries[258] = TIFFBuilder.Entry(type: 3, values: [bits])
        builder.entries[259] = TIFFBuilder.Entry(type: 3, values: [compression])
        for tag in [322, 323] { builder.entries[tag] = TIFFBuilder.Entry(type: 4, values: [side]) }
        let bytes = side < 100 ? side * side * bits / 8 : 9
        builder.pixels = [UInt8](repeating: 0, count: bytes)
        builder.entries[324] = builder.entries.removeValue(forKey: 273)
        builder.entries[325] = TIFFBuilder.Entry(type: 4, values: [bytes])
        builder.entries[279] = nil
        #expect(try header(of: builder.file).code == code)
    }

    @Test func piecesTooLargeForTheDecoder() throws {
        var builder = TIFFBuilder(width: 32_768, height: 16_384)
        builder.entries[258] = TIFFBuilder.Entry(type: 3, values: [16])
        builder.entries[259] = TIFFBuilder.Entry(type: 3, values: [8])
        #expect(try header(of: builder.file).code == .unsupported)
        builder.entries[258] = TIFFBuilder.Entry(type: 3, values: [8])
        #expect(try header(of: builder.file).code == nil)
    }

    @Test func directoriesInACircle() throws {
        var builder = TIFFBuilder()
        builder.next = 8
        #expect(try header(of: builder.file).code == .damaged)
        builder.next = 0xFFFF_FFFF
        #expect(try header(of: builder.file).code == .truncated)
        builder.next = 0
        // A child that is its own parent says nothing new.
        builder.entries[330] = TIFFBuilder.Entry(type: 4, values: [8])
        #expect(try header(of: builder.file).code == nil)
        builder.entries[330] = TIFFBuilder.Entry(type: 4, values: [0xFFFF_FFFF])
        #expect(try header(of: builder.file).code == .truncated)
    }

    @Test func endlessDirectories() throws {
        // A chain of 1,500 previews, each of one entry: NewSubfileType 1.
        var bytes = TIFFBuilder().file
        let start = bytes.count
        for index in 0..<1500 {
            let next = index == 1499 ? 0 : start + (index + 1) * 18
            bytes += .little(1, 2) + .little(254, 2) + .little(4, 2) + .little(1, 4) + .little(1, 4) + .little(next, 4)
        }
        let link = 8 + 2 + 12 * TIFFBuilder().entries.count
        #expect(try header(of: bytes.overwriting(at: link, with: .little(start, 4))).code == .unsupported)
        let last = start + 1499 * 18
        #expect(try header(of: bytes.overwriting(at: link, with: .little(last, 4))).code == nil)
    }

    @Test func bigTIFF() throws {
        let head = Array("II".utf8) + .little(43, 2) + .little(8, 2) + [UInt8].little(0, 2)
        #expect(try header(of: head + [UInt8](repeating: 0xFF, count: 8)).code == .damaged)
        #expect(try header(of: head + .little(Int.max, 8)).code == .truncated)
        #expect(try header(of: head + .little(16, 8) + [UInt8](repeating: 0xFF, count: 8)).code == .damaged)
        #expect(try header(of: head.overwriting(at: 4, with: [4, 0]) + .little(16, 8)).code == .damaged)
        // One entry whose count of eight-byte values overflows.
        let entry = .little(256, 2) + .little(16, 2) + [UInt8].little(Int.max, 8) + .little(0, 8)
        #expect(try header(of: head + .little(16, 8) + .little(1, 8) + entry + .little(0, 8)).code == .damaged)
    }
}
