import Foundation
import Testing

@testable import TileCore

/// Pages of mapped files are given back to the kernel while the files are used.
@Suite(.timeLimit(.minutes(10))) struct MappedPagesTests {
    /// How many bytes of the file are in this process's memory.
    private func resident(_ path: String) throws -> Int {
        var bytes = 0
        var isOurs = false
        for line in try String(contentsOfFile: "/proc/self/smaps", encoding: .utf8).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count >= 5, words[0].contains("-") { isOurs = line.hasSuffix(path) }
            if isOurs, words.count >= 2, words[0] == "Rss:" { bytes += (Int(words[1]) ?? 0) * 1024 }
        }
        return bytes
    }

    private func untilGivenBack(_ path: String) async throws {
        while try resident(path) > 0 { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func touchedPagesAreGivenBackWithoutLoss() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("canvas")
        var generator = SeededGenerator(seed: 71)
        let image = PixelBuffer.random(width: 1024, height: 1024, .bgr(.eight), using: &generator)
        let canvas = try Canvas.create(path: path, size: image.size, format: image.format)
        canvas.paste(image, at: TileRegion(whole: image.size))
        try await untilGivenBack(path)
        let isSame = canvas.withPixels { $0.hasSamePixels(as: image) }
        #expect(isSame)
        // Reading brought the pages into memory again. They are given back, too.
        try await untilGivenBack(path)
        #expect(canvas.size.width == 1024)
    }

    /// After each round no mapping is left, so the thread that gives pages back may end. Then a new thread watches the
    /// mapping of the next round.
    @Test(arguments: 0..<3) func eachMappingIsWatched(round: Int) async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("canvas")
        let size = PixelSize(width: 512, height: 512)
        let canvas = try Canvas.create(path: path, size: size, format: .gray(.eight))
        let sum = canvas.withPixels { PlainBytes($0).bytes.reduce(0) { $0 + Int($1) } }
        #expect(sum == 0)
        try await untilGivenBack(path)
        #expect(canvas.path == path)
    }

    /// Pages are given back at any moment while threads write and read them.
    @Test func givingBackDuringWritesAndReadsLosesNothing() async throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: 72)
        let image = PixelBuffer.random(width: 700, height: 500, .bgr(.eight), using: &generator)
        let path = folder.file("canvas")
        let mapping = try FileMapping.writing(path: path, count: image.byteCount, .new)
        let canvas = try Canvas.open(path: path, size: image.size, format: image.format)
        let grid = TileGrid(image: image.size, tileSize: 33)
        var copies: [Handover<PixelBuffer>] = []
        for index in 0..<grid.count { copies.append(Handover(image.copy(grid[index]))) }
        let tiles = copies
        await withTaskGroup(of: Bool.self) { group in
            for lane in 0..<4 {
                group.addTask {
                    var isRight = true
                    for index in stride(from: lane, to: grid.count, by: 4) {
                        guard let tile = tiles[index].take() else { return false }
                        canvas.paste(tile, at: grid[index])
                        mapping.giveBack()
                        let isSame = canvas.cut(grid[index]).hasSamePixels(as: tile)
                        if !isSame { isRight = false }
                    }
                    return isRight
                }
            }
            for await isRight in group { #expect(isRight) }
        }
        #expect(try folder.bytes(of: "canvas") == PlainBytes(image).bytes)
    }
}
