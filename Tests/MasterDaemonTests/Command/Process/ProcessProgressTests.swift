import Testing

@testable import MasterDaemon

@Suite struct ProcessProgressTests {
    @Test func imagesAndTilesAreCounted() {
        let progress = ProcessProgress(images: 4)
        progress.note(image: 0, done: 0, total: 10)
        progress.note(image: 1, done: 5, total: 20)
        progress.note(image: 0, done: 10, total: 10)
        progress.end(image: 0, tiles: 10)
        progress.end(image: 2, tiles: 0)
        let now = progress.now
        #expect(now.endedImages == 2 && now.doneTiles == 15 && now.knownTiles == 30)
        #expect(now.fraction == (2 + 0.25) / 4)
    }

    @Test func theTextSaysWhatIsLeft() {
        let snapshot = ProcessProgress.Snapshot(
            images: 60, endedImages: 3, doneTiles: 120, knownTiles: 400, fraction: 0.25)
        #expect(snapshot.text(after: .seconds(10)) == "3 of 60 files, 120/400 tiles, 12.0 tiles/s, 30 s left")
        let none = ProcessProgress.Snapshot(images: 1, endedImages: 0, doneTiles: 0, knownTiles: 4, fraction: 0)
        #expect(none.text(after: .zero) == "0 of 1 file, 0/4 tiles")
    }
}
