import Testing

@testable import TileCodecs
@testable import TileCore

/// Which part of which level shows a region.
@Suite struct OverviewsTests {
    private func part(_ image: PixelSize, _ region: TileRegion, side: Int) -> Overviews.Part? {
        Overviews(of: image).part(showing: region, side: side)
    }

    @Test func levelsAreHalvesRoundedUp() {
        let sizes = Overviews(of: PixelSize(width: 6001, height: 4000)).sizes
        #expect(sizes.map(\.width) == [3001, 1501, 751, 376] && sizes.map(\.height) == [2000, 1000, 500, 250])
        // Levels of a very wide image end once one fits, even if it is only one pixel high.
        let wide = Overviews(of: PixelSize(width: 1 << 20, height: 3)).sizes
        #expect(wide.first == PixelSize(width: 1 << 19, height: 2))
        #expect(wide.last == PixelSize(width: 512, height: 1) && wide.count == 11)
    }

    @Test func aSmallImageHasOneLevel() {
        #expect(Overviews(of: PixelSize(width: 1, height: 1)).sizes == [PixelSize(width: 1, height: 1)])
    }

    @Test func noLevelShowsMoreThanHalfTheSize() {
        let image = PixelSize(width: 6000, height: 4000)
        for side in [3001, 6000, 7000] { #expect(part(image, TileRegion(whole: image), side: side) == nil) }
        let half = part(image, TileRegion(whole: image), side: 3000)
        #expect(half?.level == 1 && half?.region == TileRegion(x: 0, y: 0, width: 3000, height: 2000))
    }

    @Test func levelHasAtLeastTheWantedPixels() throws {
        let image = PixelSize(width: 6000, height: 4000)
        for (side, level) in [
            (2999, 1), (1501, 1), (1500, 2), (1499, 2), (751, 2), (750, 3), (375, 4), (20, 4), (1, 4),
        ] {
            #expect(part(image, TileRegion(whole: image), side: side)?.level == level, "\(side)")
        }
    }

    /// The page's viewer requests squares of 512 px of each level. It gets exactly the pixels of the level.
    @Test(arguments: [(6000, 4000), (5003, 4001), (70_001, 301), (33, 9001), (40_000, 40_000)])
    func squaresOfTheViewerAreWholePixels(width: Int, height: Int) throws {
        let image = PixelSize(width: width, height: height)
        let overviews = Overviews(of: image)
        for (index, size) in overviews.sizes.enumerated() {
            let (level, span) = (index + 1, 512 << (index + 1))
            for x in stride(from: 0, to: width, by: span) {
                for y in stride(from: 0, to: height, by: span) {
                    let region = TileRegion(
                        x: x, y: y, width: min(span, width - x), height: min(span, height - y))
                    let side = (max(region.width, region.height) + (1 << level) - 1) >> level
                    guard side < max(region.width, region.height) else { continue }
                    let part = try #require(overviews.part(showing: region, side: side))
                    #expect(part.level == level && part.size == size)
                    #expect(part.region.x == x >> level && part.region.y == y >> level)
                    #expect(max(part.region.width, part.region.height) == side)
                    #expect(part.region.columns.upperBound == min((x + span) >> level, size.width))
                    #expect(part.region.rows.upperBound == min((y + span) >> level, size.height))
                }
            }
        }
    }

    @Test func partsOfAnyRegionLieInTheirLevel() throws {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<5000 {
            let image = PixelSize(width: random.int(1...9000), height: random.int(1...9000))
            let (x, y) = (random.int(0...image.width - 1), random.int(0...image.height - 1))
            let region = TileRegion(
                x: x, y: y, width: random.int(1...image.width - x), height: random.int(1...image.height - y))
            guard let part = part(image, region, side: random.int(1...2048)) else { continue }
            #expect(TileRegion(whole: part.size).contains(part.region))
            // The edges of a part are at most half a pixel of the level away from the region's edges, at the image's
            // end at most a whole pixel. A part has at least one pixel, and then its far edge may be two pixels away.
            let scale = 1 << part.level
            let slack = part.region.width == 1 || part.region.height == 1 ? 2 * scale : scale
            #expect(abs(part.region.x * scale - x) <= scale)
            #expect(abs(part.region.y * scale - y) <= scale)
            #expect(abs(part.region.columns.upperBound * scale - region.columns.upperBound) <= slack)
            #expect(abs(part.region.rows.upperBound * scale - region.rows.upperBound) <= slack)
        }
    }
}
