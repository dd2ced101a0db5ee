import Foundation
import Testing

@testable import TileCore

@Suite struct PixelSizeTests {
    @Test(arguments: [(0, 5), (5, 0), (-1, 5), (PixelSize.maximumSide + 1, 5)])
    func invalidSizesAreNotDecoded(width: Int, height: Int) {
        let text = Data(#"{"width":\#(width),"height":\#(height)}"#.utf8)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(PixelSize.self, from: text) }
    }

    @Test func decodedSizeIsTheEncodedOne() throws {
        let size = PixelSize(width: 7, height: PixelSize.maximumSide)
        #expect(try JSONDecoder().decode(PixelSize.self, from: JSONEncoder().encode(size)) == size)
    }

    @Test(arguments: [
        (PixelSize(width: 300, height: 200), 150, PixelSize(width: 150, height: 100)),
        (PixelSize(width: 300, height: 200), 300, PixelSize(width: 300, height: 200)),
        (PixelSize(width: 1000, height: 1), 10, PixelSize(width: 10, height: 1)),
    ])
    func fittedSizeKeepsItsProportions(size: PixelSize, side: Int, fitted: PixelSize) {
        #expect(size.fitted(into: side) == fitted)
    }
}
